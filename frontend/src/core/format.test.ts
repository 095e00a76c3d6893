import { describe, expect, it } from "vitest";
import { countdown, durationText, latency, moment, percent, plural, rate, shortId, splitUrl, text } from "./format";

describe("latency", () => {
  it.each([[0, "0 ms"], [84, "84 ms"], [2_004, "2,004 ms"], [9_999, "9,999 ms"], [10_000, "10.0 s"], [null, "–"]])("%s is %s", (ms, words) => {
    expect(text(latency(ms))).toBe(words);
  });
});

describe("durationText", () => {
  it.each([
    [0, "0 s"], [1_200, "1.2 s"], [5_000, "5 s"], [12_300, "12 s"], [60_000, "1 m"], [219_000, "3 m 39 s"], [3_600_000, "1 h"], [7_500_000, "2 h 5 m"], [100_800_000, "1 d 4 h"], [-50, "0.0 s"],
  ])("%s is %s", (ms, words) => {
    expect(durationText(ms)).toBe(words);
  });
});

describe("countdown", () => {
  it.each([[252_000, "04:12"], [251_001, "04:12"], [-5, "00:00"], [3_723_000, "1:02:03"]])("%s is %s", (ms, words) => {
    expect(countdown(ms)).toBe(words);
  });
});

it("never rounds a failure away", () => {
  expect(percent(999_999, 1_000_000)).toBe("99.9");
  expect(percent(987, 1_000)).toBe("98.7");
  expect(percent(5, 5)).toBe("100.0");
});

it("writes rates with a digit until they are large", () => {
  expect([rate(38.44), rate(0), rate(2_004.4)]).toEqual(["38.4", "0.0", "2,004"]);
});

it("counts one thing and many", () => {
  expect([plural(1, "attempt"), plural(1_204, "attempt"), plural(2, "retry", "retries")]).toEqual(["1 attempt", "1,204 attempts", "2 retries"]);
});

it("names the day of another day", () => {
  const at = new Date(2025, 10, 24, 14, 32, 7, 412).getTime();
  expect(moment(at, at)).toBe("14:32:07.412");
  expect(moment(at, at + 86_400_000)).toBe("24 Nov 14:32:07.412");
});

it("splits host and path", () => {
  expect(splitUrl("https://hooks.acme.example:8443/gestiq?a=1")).toEqual({ host: "hooks.acme.example:8443", path: "/gestiq?a=1" });
  expect(splitUrl("http://127.0.0.1/")).toEqual({ host: "127.0.0.1", path: "" });
});

it("shortens an id to the end that differs", () => {
  expect(shortId("019ab610-423c-7c7b-9685-be66c15a8552")).toBe("…be66c15a8552");
});
