import { describe, expect, it } from "vitest";
import { explain, reasonOf } from "./reason";
import { makeRow } from "./rows.fixture";

const failed = (different: object) => makeRow({ outcome: "http_5xx", httpStatus: 503, status: "RETRYING", error: "http_5xx: 503 Service Unavailable", ...different });

describe("reasonOf", () => {
  it("is silent about a delivery at once, and tells of retries", () => {
    expect(reasonOf(makeRow())).toEqual({ outcome: "", words: "" });
    expect(reasonOf(makeRow({ attempt: 3 })).words).toBe("Delivered after 2 retries");
  });

  it("says when the next attempt comes, as the schedule has it", () => {
    const row = failed({ startedAt: 10_000, durationMs: 212, nextAttemptAt: 10_000 + 212 + 5_017 });
    expect(reasonOf(row)).toEqual({ outcome: "http_5xx", words: "Service Unavailable, retry in 5 s" });
  });

  it("says that no retries are left only when that is why it failed", () => {
    expect(reasonOf(failed({ status: "FAILED", attempt: 4 })).words).toBe("Service Unavailable, no retries left");
    expect(reasonOf(failed({ status: "FAILED", attempt: 1 })).words).toBe("Service Unavailable");
  });

  it("says why it is held", () => {
    expect(reasonOf(failed({ held: "circuit" })).words).toBe("Service Unavailable, circuit open");
    expect(reasonOf(failed({ held: "moon" })).words).toBe("Service Unavailable, held: moon");
  });
});

describe("explain", () => {
  it.each([
    ["http_5xx", "http_5xx: 503 Service Unavailable", "Service Unavailable"],
    ["http_5xx", "http_5xx 503", "Error of the receiver"],
    ["http_4xx", "http_4xx: 422 Unprocessable Entity", "Unprocessable Content"],
    ["http_4xx", "http_4xx (HTTP 410) gone", "Gone"],
    ["timeout", "timeout: no answer in 10 s", "No answer in 10 s"],
    ["timeout", null, "No answer in time"],
    ["connection", "connection: 5 refused", "5 refused"],
    ["other", "", ""],
  ])("%s, %s: %s", (outcome, error, words) => {
    expect(explain(outcome, error)).toBe(words);
  });
});
