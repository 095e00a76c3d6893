import { describe, expect, it } from "vitest";
import { inputValue, problemOf, readRange, wireRange, writeRange } from "./chart-range";

describe("readRange", () => {
  it.each([
    [{}, { last: "1h" }], [{ range: "24h" }, { last: "24h" }], [{ range: "2y" }, { last: "1h" }], [{ from: "1000", to: "61000" }, { from: 1_000, to: 61_000 }],
    [{ from: "61000", to: "1000" }, { last: "1h" }], [{ from: "x", to: "1000", range: "6h" }, { last: "6h" }], [{ from: "1000" }, { last: "1h" }], [{ from: "1", to: "2678400002" }, { last: "1h" }],
  ])("%j is %j", (query, range) => {
    expect(readRange(query as Record<string, string>)).toEqual(range);
  });

  it("reads what was written", () => {
    for (const range of [{ last: "6h" }, { last: "1h" }, { from: 1_000, to: 2_000 }] as const) {
      expect(readRange(Object.fromEntries(Object.entries(writeRange(range)).filter(([, value]) => value !== "")))).toEqual(range);
    }
  });
});

it("asks the server by name or by time", () => {
  expect([wireRange({ last: "6h" }), wireRange({ from: 0, to: 1_500 })]).toEqual([{ range: "6h" }, { since: "1970-01-01T00:00:00.000Z", until: "1970-01-01T00:00:01.500Z" }]);
});

it.each([[1, NaN, "missing"], [2, 2, "order"], [0, 31 * 86_400_000, null], [0, 31 * 86_400_000 + 1, "long"], [6_000, 7_000, "future"], [4_000, 7_000, null]])("says what is wrong from %s to %s: %s", (from, to, problem) => {
  expect(problemOf(from, to, 5_000)).toBe(problem);
});

it("fills a field with the reader's time", () => {
  expect(inputValue(new Date(2025, 0, 4, 9, 5).getTime())).toBe("2025-01-04T09:05");
});
