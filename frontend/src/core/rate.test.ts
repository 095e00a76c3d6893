import { expect, it } from "vitest";
import { RateMeter } from "./rate";
import { makeRow } from "./rows.fixture";
import { Sampling } from "./sampling";
import { sampled, SERIES_LENGTH, sparkline } from "./series";

it("counts attempts over the last five seconds", () => {
  const meter = new RateMeter();
  for (let second = 0; second < 10; second += 1) meter.add(second < 4 ? 900 : 40, 1, second * 1_000);
  expect(meter.perSecond(9_000)).toBe(40);
  expect(meter.perSecond(60_000)).toBe(0);
});

it("knows from the first second on, and that one told late stands for several", () => {
  const meter = new RateMeter();
  meter.add(40, 1, 0);
  expect(meter.perSecond(900)).toBe(40);
  meter.add(80, 4, 4_000);
  expect(meter.perSecond(4_100)).toBe(24);
});

it("says how thin the successes are, while some are shed", () => {
  const sampling = new Sampling();
  const rows = [makeRow(), makeRow({ outcome: "timeout" })];
  sampling.add(rows, 7, 0);
  expect(sampling.oneIn(1_000)).toBe(8);
  expect(sampling.oneIn(20_000)).toBeNull();
});

it("keeps a series short and draws it to its box", () => {
  const series = Array.from({ length: 100 }, (_, i) => i).reduce<readonly (number | null)[]>((all, n) => sampled(all, n), []);
  expect(series).toHaveLength(SERIES_LENGTH);
  expect(sparkline([null, 0, 0, 5, 10], 92, 28)).toEqual([{ x: 66, y: 26 }, { x: 74, y: 26 }, { x: 82, y: 14 }, { x: 90, y: 2 }]);
  expect(sparkline(series, 92, 28)![0]).toEqual({ x: 2, y: 26 });
  expect(sparkline([1_000, 1_001, 1_000, 1_001], 92, 28)!.map(({ y }) => Math.round(y))).toEqual([26, 26, 26, 26]);
});

it("draws nothing that would be a stub or never moved", () => {
  expect(sparkline([null, 3, 4, 5], 92, 28)).toBeNull();
  expect(sparkline(Array(SERIES_LENGTH).fill(0), 92, 28)).toBeNull();
});
