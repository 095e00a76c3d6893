import { describe, expect, it } from "vitest";
import { areaPath, barsPath, linePath, stacked, stepAt } from "./chart-shapes";

const plot = { left: 10, top: 0, width: 40, height: 100, steps: 4 };
const scale = { low: 0, high: 10, ticks: [] };

describe("linePath", () => {
  it("goes through the middle of each step", () => {
    expect(linePath([0, 5, 10, 10], scale, plot)).toBe("M15 100L25 50L35 0L45 0");
  });

  it("has a gap where nothing was measured, and a dash for a step alone", () => {
    expect(linePath([0, null, 10, 10], scale, plot)).toBe("M13.5 100h3M35 0L45 0");
    expect(linePath([null, null, null, null], scale, plot)).toBe("");
  });
});

it("fills down to the base, each stretch for itself", () => {
  expect(areaPath([5, null, 10, 10], scale, plot)).toBe("M15 100L15 50V100ZM35 100L35 0L45 0V100Z");
});

describe("a stack", () => {
  it("puts each series on those before it", () => {
    expect(stacked([[1, 2], [3, 0], [1, 1]]).map(({ below }) => below)).toEqual([[0, 0], [1, 2], [4, 2]]);
    expect(stacked([])).toEqual([]);
  });

  it("draws bars from there", () => {
    expect(barsPath([0, 5, 0, 0], [0, 2, 0, 0], scale, plot)).toBe("M20.5 79v-49h9v49z");
  });

  it("never draws a count as nothing", () => {
    expect(barsPath([0.001, 0, 0, 0], [0, 0, 0, 0], scale, plot)).toContain("v-0.5");
  });
});

it("finds the step under a place", () => {
  expect([0, 10, 19.9, 20, 49, 90].map((x) => stepAt(x, plot))).toEqual([0, 0, 0, 1, 3, 3]);
});
