import { describe, expect, it } from "vitest";
import { scaleFromZero, scaleOfShares } from "../../core/chart-scale";
import { ratesLike, ticksLike, timeUnitFor } from "./words";

describe("what is read together is written alike", () => {
  it.each([
    [[1.6, 0.7, 0.04, 1], ["1.6", "0.7", "< 0.1", "1.0"]],
    [[3, 2, 1, 0], ["3", "2", "1", "0"]],
    [[128, 23.4, 0.4, 0], ["128", "23", "< 1", "0"]],
    [[], []],
  ])("rates %j", (rates, words) => {
    expect(rates.map(ratesLike(rates))).toEqual(words);
  });

  it("the ticks of an axis", () => {
    const words = (scale: Parameters<typeof ticksLike>[0]) => scale.ticks.map(ticksLike(scale));
    expect(words(scaleFromZero(4.17))).toEqual(["0.0", "1.5", "3.0", "4.5", "6.0"]);
    expect(words(scaleFromZero(1_000))).toEqual(["0", "250", "500", "750", "1,000"]);
    expect(words(scaleOfShares(100))).toEqual(["99.00", "99.25", "99.50", "99.75", "100.00"]);
  });

  it("times in one unit, by the largest", () => {
    const [short, long] = [timeUnitFor(999), timeUnitFor(1_000)];
    expect([short.unit, short.words(84), short.words(5_000), short.words(null)]).toEqual(["ms", "84", "5,000", "–"]);
    expect([long.unit, long.words(84), long.words(1_730)]).toEqual(["s", "0.08", "1.73"]);
  });
});
