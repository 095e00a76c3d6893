import { describe, expect, it } from "vitest";
import { codeShares, failed, failuresByStatus, highest, largest, lowest, newest, perMinute, placesOf, share, successShares, sum } from "./chart-panels";
import { makeHistory } from "./history.fixture";

it("is the share of the attempts that succeeded, of none it is none", () => {
  expect(successShares(makeHistory({ attempts: [100, 50, 0], outcomes: { success: [90, 50, 0] } }))).toEqual([90, 100, null]);
  expect(successShares(makeHistory({ outcomes: { timeout: [100, 50, 10] } }))).toEqual([0, 0, 0]);
  expect(failed(makeHistory())).toEqual([10, 0, 2]);
});

describe("failuresByStatus", () => {
  it("has the code, or the outcome where none came", () => {
    expect(failuresByStatus(makeHistory())).toEqual({ "503": [6, 0, 2], timeout: [4, 0, 0] });
  });

  it("calls what has neither none", () => {
    expect(failuresByStatus(makeHistory({ outcomes: { success: [90, 50, 8] } }))).toEqual({ "503": [6, 0, 2], none: [4, 0, 0] });
  });
});

describe("largest", () => {
  const counts = (...totals: [string, number][]) => Object.fromEntries(totals.map(([key, n]) => [key, [n]]));
  const keys = (of: Record<string, number[]>, before?: string[]) => largest(of, before).map(({ key, values }) => `${key} ${values[0]}`);

  it("is in order of size, without what never occurred", () => {
    expect(keys(counts(["500", 1], ["503", 9], ["404", 0]))).toEqual(["503 9", "500 1"]);
  });

  it("puts the rest of more than five together", () => {
    expect(keys(counts(["a", 6], ["b", 5], ["c", 4], ["d", 3], ["e", 2]))).toEqual(["a 6", "b 5", "c 4", "d 3", "e 2"]);
    expect(keys(counts(["a", 6], ["b", 5], ["c", 4], ["d", 3], ["e", 2], ["f", 1]))).toEqual(["a 6", "b 5", "c 4", "d 3", "other 3"]);
    expect(keys(counts(["a", 6], ["b", 5], ["c", 4], ["d", 3], ["e", 2], ["other", 7]))).toEqual(["a 6", "b 5", "c 4", "d 3", "other 9"]);
  });

  it("leaves a series its place when another outgrows it", () => {
    expect(keys(counts(["a", 6], ["b", 5]), ["b", "a"])).toEqual(["b 5", "a 6"]);
    expect(keys(counts(["a", 6], ["c", 5]), ["b", "a"])).toEqual(["c 5", "a 6"]);
    expect(largest(counts(["a", 6]), ["b", "a"])).toEqual([{ key: "a", values: [6], place: 1 }]);
  });

  it("remembers places that are free, too", () => {
    expect(placesOf(largest(counts(["a", 6], ["b", 5]), ["", "a"]))).toEqual(["b", "a", "", "", ""]);
    expect(placesOf(largest(counts(["a", 6]), ["", "a"]))).toEqual(["", "a", "", "", ""]);
  });
});

it("adds, finds and averages within a span", () => {
  expect([sum([1, 2, 3]), sum([1, 2, 3], { from: 1, to: 3 }), perMinute(30, 2, 15), perMinute(1, 0, 15), share(1, 8), share(0, 0)]).toEqual([6, 5, 60, 0, 12.5, null]);
  expect([highest([null, 3, 2]), lowest([null, 3, 2]), lowest([null]), newest([1, 2, null], { from: 0, to: 3 }), newest([1, null, null], { from: 1, to: 3 })]).toEqual([3, 2, null, 2, null]);
});

it("shares out the codes of a span, the most frequent first", () => {
  expect(codeShares(makeHistory(), { from: 0, to: 1 })).toEqual([{ code: "200", n: 90, share: 90 }, { code: "503", n: 6, share: 6 }, { code: "none", n: 4, share: 4 }]);
});
