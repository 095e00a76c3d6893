import { expect, it } from "vitest";
import { NEVER, afterAnswer } from "./freshness";

const problem = { status: 500, title: "HTTP 500", detail: "", errors: {} };

it("keeps when something last came, however often it does not come after that", () => {
  const came = afterAnswer(NEVER, { ok: true, value: 1 }, 5);
  expect(came).toEqual({ at: 5, problem: null });
  expect(afterAnswer(came, { ok: false, problem }, 9)).toEqual({ at: 5, problem });
  expect(afterAnswer(NEVER, { ok: false, problem }, 9)).toEqual({ at: 0, problem });
  expect(afterAnswer({ at: 5, problem }, { ok: true, value: 1 }, 12)).toEqual({ at: 12, problem: null });
});
