import { describe, expect, it } from "vitest";
import { codeShares, failed, failuresByStatus, highest, largest, lowest, newest, perMinute, share, successShares, sum } from "./chart-panels";
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

  it("calls other what is of that outcome alone, which Prometheus does not tell apart", () => {
    const outcomes = { success: [90, 50, 8], connection: [3, 0, 0], other: [1, 0, 0] };
    expect(failuresByStatus(makeHistory({ outcomes }))).toEqual({ "503": [6, 0, 2], connection: [3, 0, 0], other: [1, 0, 0] });
    const counted = { outcomes: { success: [90, 50, 8], http_5xx: [6, 0, 2], other: [4, 0, 0] }, source: "prometheus" } as const;
    expect(failuresByStatus(makeHistory(counted))).toEqual({ "503": [6, 0, 2], none: [4, 0, 0] });
  });
});

describe("largest", () => {
  const counts = (...totals: [string, number][]) => Object.fromEntries(totals.map(([key, n]) => [key, [n]]));
  const keys = (of: Record<string, number[]>) => largest(of).map(({ key, values }) => `${key} ${values[0]}`);

  it("is in the order of statuses whatever their sizes, without what never occurred", () => {
    expect(keys(counts(["500", 1], ["503", 9], ["404", 0]))).toEqual(["503 9", "500 1"]);
    expect(keys(counts(["timeout", 90], ["500", 9], ["503", 1]))).toEqual(["503 1", "500 9", "timeout 90"]);
  });

  it("names every outcome, and puts the rest of the codes together where they are too many", () => {
    const few: [string, number][] = [["503", 6], ["500", 5], ["404", 4], ["429", 3], ["timeout", 2], ["connection", 1], ["dns", 1], ["tls", 1]];
    expect(keys(counts(...few))).toEqual(["503 6", "500 5", "404 4", "429 3", "timeout 2", "connection 1", "dns 1", "tls 1"]);
    expect(keys(counts(...few, ["other", 7]))).toEqual(["503 6", "500 5", "timeout 2", "connection 1", "dns 1", "tls 1", "other 7", "rest 7"]);
    expect(keys(counts(...few, ["other", 7], ["blocked", 1], ["abandoned", 1])).slice(0, 2)).toEqual(["503 6", "500 5"]);
  });
});

it("adds, finds and averages within a span", () => {
  expect([sum([1, 2, 3]), sum([1, 2, 3], { from: 1, to: 3 }), perMinute(30, 2, 15), perMinute(1, 0, 15), share(1, 8), share(0, 0)]).toEqual([6, 5, 60, 0, 12.5, null]);
  expect([highest([null, 3, 2]), lowest([null, 3, 2]), lowest([null]), newest([1, 2, null], { from: 0, to: 3 }), newest([1, null, null], { from: 1, to: 3 })]).toEqual([3, 2, null, 2, null]);
});

it("shares out the codes of a span, the most frequent first", () => {
  expect(codeShares(makeHistory(), { from: 0, to: 1 })).toEqual([{ code: "200", n: 90, share: 90 }, { code: "503", n: 6, share: 6 }, { code: "none", n: 4, share: 4 }]);
});
