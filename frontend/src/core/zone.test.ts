import { afterEach, describe, expect, it } from "vitest";
import { clock, moment } from "./format";
import { BROWSER, findZones, isZone, offsetAt, offsetOf, zone, zoneWords } from "./zone";

const HOUR = 3_600_000;
const WINTER = Date.UTC(2025, 0, 15, 23, 30, 7, 412);
const SUMMER = Date.UTC(2025, 6, 15, 12);

afterEach(() => {
  zone.value = BROWSER;
});

describe("offsetAt", () => {
  it.each([
    ["UTC", WINTER, 0], ["Europe/Madrid", WINTER, 1], ["Europe/Madrid", SUMMER, 2], ["America/New_York", WINTER, -5], ["Asia/Kathmandu", WINTER, 5.75], ["Australia/Lord_Howe", SUMMER, 10.5],
  ])("%s", (name, at, hours) => {
    zone.value = name;
    expect(offsetAt(at)).toBe(hours * HOUR);
  });

  it("changes to the second when the clocks do", () => {
    zone.value = "Europe/Madrid";
    const change = Date.UTC(2025, 9, 26, 1);
    expect([offsetAt(change - 1), offsetAt(change)]).toEqual([2 * HOUR, HOUR]);
  });

  it("is the browser's own by default", () => {
    expect(offsetAt(SUMMER)).toBe(-new Date(SUMMER).getTimezoneOffset() * 60_000);
  });
});

it("writes times by the chosen clock, and today is its day", () => {
  zone.value = "UTC";
  expect(clock(WINTER)).toBe("23:30:07");
  expect(moment(WINTER, WINTER + HOUR)).toBe("15 Jan 23:30:07.412");
  zone.value = "Europe/Madrid";
  expect(clock(WINTER)).toBe("00:30:07");
  expect(moment(WINTER, WINTER + HOUR)).toBe("00:30:07.412");
});

it.each([["Europe/Madrid", "Madrid, UTC+1"], ["Asia/Kolkata", "Kolkata, UTC+5:30"], ["America/St_Johns", "St Johns, UTC−3:30"], ["UTC", "UTC"]])("%s is named %s", (name, words) => {
  zone.value = name;
  expect(zoneWords(WINTER)).toBe(words);
});

it("knows what is a zone", () => {
  expect(["browser", "UTC", "Europe/Madrid", "Mars/Olympus", ""].map(isZone)).toEqual([true, true, true, false, false]);
});

it("finds zones by any words of their names", () => {
  expect(findZones("ame new y")).toContain("America/New_York");
  expect(findZones("  MADRÍD")).toEqual(["Europe/Madrid"]);
  expect(findZones("ho chi")).toEqual(["Asia/Ho_Chi_Minh"]);
  expect(findZones("utc")).toContain("UTC");
  expect(findZones("olympus")).toEqual([]);
});

it("says what a zone differs by at a time", () => {
  expect([offsetOf("Europe/Madrid", WINTER), offsetOf("Europe/Madrid", SUMMER), offsetOf("Asia/Kathmandu", WINTER), offsetOf("UTC", WINTER)]).toEqual(["UTC+1", "UTC+2", "UTC+5:45", "UTC"]);
});
