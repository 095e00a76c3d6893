import { afterAll, describe, expect, it, vi } from "vitest";
import { extentOf, indexOf, rangeOf, stepByKey, timeTicks, wordsOf } from "./chart-time";

// Before the formats of the module are made.
vi.hoisted(() => vi.stubEnv("TZ", "Europe/Madrid"));
afterAll(() => vi.unstubAllEnvs());

const at = (text: string) => new Date(text).getTime();
const words = (since: string, until: string, most = 5) => timeTicks(at(since), at(until), most).map((tick) => tick.words);

describe("timeTicks", () => {
  it("are round on the reader's clock", () => {
    expect(words("2025-11-24T13:32:07", "2025-11-24T14:32:07")).toEqual(["13:45", "14:00", "14:15", "14:30"]);
    expect(words("2025-11-24T14:17:07", "2025-11-24T14:32:07")).toEqual(["14:20", "14:25", "14:30"]);
    expect(words("2025-11-24T08:32:00", "2025-11-24T14:32:00")).toEqual(["10:00", "12:00", "14:00"]);
  });

  it("name the day at midnight, and days only in long ranges", () => {
    expect(words("2025-11-23T14:32:00", "2025-11-24T14:32:00")).toEqual(["18:00", "24 Nov", "06:00", "12:00"]);
    expect(words("2025-11-01T14:00:00", "2025-11-21T14:00:00")).toHaveLength(5);
  });

  it("have seconds in a range of a minute", () => {
    expect(words("2025-11-24T14:00:05", "2025-11-24T14:01:05")).toEqual(["14:00:15", "14:00:30", "14:00:45", "14:01:00"]);
  });

  it("stay on the clock when it is put back", () => {
    expect(words("2025-10-25T18:00:00", "2025-10-26T18:00:00", 5)).toEqual(["18:00", "26 Oct", "06:00", "12:00", "18:00"]);
  });

  it("leave none out west of Greenwich", () => {
    vi.stubEnv("TZ", "America/Bogota");
    expect(timeTicks(at("2025-11-24T08:32:00"), at("2025-11-24T14:32:00"), 5).map((tick) => tick.words)).toEqual(["10:00", "12:00", "14:00"]);
    vi.stubEnv("TZ", "Europe/Madrid");
  });

  it("are no more than asked for, and all inside", () => {
    for (const hours of [0.25, 1, 6, 24, 24 * 31]) {
      const since = at("2025-11-24T13:32:07");
      const ticks = timeTicks(since, since + hours * 3_600_000, 4);
      expect(ticks.length).toBeLessThanOrEqual(5);
      expect(ticks.every((tick) => tick.at >= since && tick.at <= since + hours * 3_600_000)).toBe(true);
    }
  });
});

it("writes a step as precisely as it is long", () => {
  const then = at("2025-11-24T14:05:15");
  const words = (seconds: number, length: number) => wordsOf(0, { at: Array.from({ length }, (_, i) => then + i * seconds * 1_000), seconds });
  expect([words(60, 60), words(15, 240), words(600, 200)]).toEqual(["14:05", "14:05:15", "24 Nov 14:05"]);
});

describe("steps", () => {
  const steps = { at: [60_000, 120_000, 180_000], seconds: 60 };

  it("are found by what lies in them", () => {
    expect([59_999, 60_000, 119_999, 120_000, 239_999, 240_000, null].map((instant) => indexOf(instant, steps))).toEqual([null, 0, 0, 1, 2, null, null]);
    expect(indexOf(60_000, { at: [], seconds: 60 })).toBeNull();
    expect(extentOf(steps)).toEqual([60_000, 240_000]);
  });

  it("are a range in either direction", () => {
    expect([rangeOf(0, 1, steps), rangeOf(1, 0, steps), rangeOf(2, 2, steps)]).toEqual([{ from: 60_000, to: 180_000 }, { from: 60_000, to: 180_000 }, { from: 180_000, to: 240_000 }]);
  });

  it.each([
    ["ArrowLeft", null, 29], ["ArrowRight", null, 29], ["ArrowLeft", 5, 4], ["ArrowLeft", 0, 0], ["ArrowRight", 29, 29], ["PageDown", null, 19], ["PageUp", 25, 29], ["Home", 7, 0], ["End", 7, 29], ["x", 7, null],
  ])("%s leads from %s to %s", (key, from, to) => {
    expect(stepByKey(key, from, 30)).toBe(to);
  });
});
