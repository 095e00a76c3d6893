import { afterEach, describe, expect, it } from "vitest";
import { endsOf, inputInstant, inputValue, namedRange, problemOf, readRange, readSpan, wireRange, writeRange, writeSpan } from "./range";
import { BROWSER, zone } from "./zone";

afterEach(() => {
  zone.value = BROWSER;
});

describe("readSpan", () => {
  it("reads what was written, and nothing else", () => {
    expect(readSpan(writeSpan({ from: 1_000, to: 2_000 }))).toEqual({ from: 1_000, to: 2_000 });
    expect(["", "2000-1000", "1000", "1000-x", "-5-1000", "1e3-2e3", "1-99999999999999999", "1000-1000", "900000000000000-900000000000001"].map(readSpan)).toEqual(Array(9).fill(null));
    expect(writeSpan(null)).toBe("");
  });
});

describe("readRange", () => {
  it.each([
    [{}, { last: "1h" }], [{ range: "24h" }, { last: "24h" }], [{ range: "2y" }, { last: "1h" }], [{ from: "1000", to: "61000" }, { from: 1_000, to: 61_000 }],
    [{ from: "61000", to: "1000" }, { last: "1h" }], [{ from: "x", to: "1000", range: "6h" }, { last: "6h" }], [{ from: "1000" }, { last: "1h" }], [{ from: "1", to: "2678400002" }, { last: "1h" }],
    [{ from: "9000000000000000", to: "9000000000000001" }, { last: "1h" }], [{ from: "8640000000000000", to: "8640000000000001" }, { last: "1h" }],
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

it("tells an address without a range from the default", () => {
  expect([namedRange({}), namedRange({ range: "15m" }), namedRange({ range: "x" })]).toEqual([null, { last: "15m" }, null]);
});

it("ends now, where it is relative", () => {
  expect([endsOf({ last: "15m" }, 1_000_000), endsOf({ from: 1, to: 2 }, 1_000_000)]).toEqual([{ from: 100_000, to: 1_000_000 }, { from: 1, to: 2 }]);
});

it("fills a field with the reader's time, and reads it back", () => {
  const then = Date.UTC(2025, 6, 4, 22, 5);
  for (const [name, value] of [["UTC", "2025-07-04T22:05"], ["Europe/Madrid", "2025-07-05T00:05"], ["America/New_York", "2025-07-04T18:05"]] as const) {
    zone.value = name;
    expect([inputValue(then), inputInstant(value)]).toEqual([value, then]);
  }
  expect(inputInstant("")).toBeNaN();
});
