import { describe, expect, it } from "vitest";
import { placeOf, scaleFromZero, scaleOfShares } from "./chart-scale";

describe("scaleFromZero", () => {
  it.each([
    [0, [0, 0.25, 0.5, 0.75, 1]], [0.07, [0, 0.02, 0.04, 0.06, 0.08]], [0.3, [0, 0.08, 0.16, 0.24, 0.32]], [1, [0, 0.25, 0.5, 0.75, 1]], [4.17, [0, 1.5, 3, 4.5, 6]],
    [6, [0, 1.5, 3, 4.5, 6]], [243, [0, 80, 160, 240, 320]], [1_000, [0, 250, 500, 750, 1_000]], [40_001, [0, 15_000, 30_000, 45_000, 60_000]],
  ])("holds %s", (max, ticks) => {
    expect(scaleFromZero(max)).toEqual({ low: 0, high: ticks.at(-1), ticks });
  });

  it.each([[0, [0, 1, 2, 3, 4]], [3, [0, 1, 2, 3, 4]], [5, [0, 2, 4, 6, 8]], [9, [0, 3, 6, 9, 12]], [45, [0, 15, 30, 45, 60]]])("counts %s in whole steps", (max, ticks) => {
    expect(scaleFromZero(max, { whole: true }).ticks).toEqual(ticks);
  });
});

describe("scaleOfShares", () => {
  it.each([
    [null, [99, 99.25, 99.5, 99.75, 100]], [100, [99, 99.25, 99.5, 99.75, 100]], [98.6, [98, 98.5, 99, 99.5, 100]], [89.4, [88, 91, 94, 97, 100]], [88, [88, 91, 94, 97, 100]], [0, [0, 25, 50, 75, 100]],
  ])("shows a dip to %s", (lowest, ticks) => {
    expect(scaleOfShares(lowest)).toEqual({ low: ticks[0], high: 100, ticks });
  });
});

it("draws what lies outside at the edge", () => {
  const scale = { low: 88, high: 100, ticks: [] };
  expect([94, 80, 101].map((value) => placeOf(value, scale))).toEqual([0.5, 0, 1]);
});
