import { expect, it } from "vitest";
import { Backwards } from "./backwards";

it("numbers down from its end, and what is added later does not renumber", () => {
  const list = new Backwards<string>();
  expect([list.start, list.end, list.at(-1)]).toEqual([-0, 0, undefined]);
  list.addOlder(["newest", "older"]);
  list.addOlder(["oldest"]);
  expect([list.start, list.at(-1), list.at(-2), list.at(-3), list.at(-4), list.at(0)]).toEqual([-3, "newest", "older", "oldest", undefined, undefined]);
  list.clear();
  expect(list.at(-1)).toBeUndefined();
});
