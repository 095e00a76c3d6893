import { describe, expect, it } from "vitest";
import { makeHistory, makeSecond } from "./history.fixture";
import { merged, percentile, secondOf, stepsBetween, withSecond } from "./history";

const five = { attempts: 5, outcomes: { success: 4, http_5xx: 1 }, codes: { "200": 4, "503": 1 }, retries: { http_5xx: 1 } };

describe("merged", () => {
  it("is the history without news", () => {
    const history = makeHistory();
    expect(merged(history, [], [])).toBe(history);
    expect(merged(history, [makeSecond(149_000, five)], [])).toBe(history);
  });

  it("counts a second in the step it falls in", () => {
    const { attempts, outcomes, codes, retries, at, until } = merged(makeHistory(), [makeSecond(150_000, five), makeSecond(179_000, five)], []);
    expect(at).toEqual([0, 60_000, 120_000]);
    expect(attempts).toEqual([100, 50, 20]);
    expect(outcomes).toEqual({ success: [90, 50, 16], http_5xx: [6, 0, 4], timeout: [4, 0, 0] });
    expect(codes["503"]).toEqual([6, 0, 4]);
    expect(retries["http_5xx"]).toEqual([6, 0, 4]);
    expect(until).toBe(180_000);
  });

  it("does not count twice what a reload contains", () => {
    const seconds = [makeSecond(150_000, five), makeSecond(151_000, five), makeSecond(152_000, five)];
    const reloaded = makeHistory({ until: 152_000, attempts: [100, 50, 20] });
    expect(merged(makeHistory(), seconds, []).attempts).toEqual([100, 50, 25]);
    expect(merged(reloaded, seconds, []).attempts).toEqual([100, 50, 25]);
  });

  it("begins new steps and lets as many old ones go", () => {
    const { at, since, attempts, outcomes, latency, backlog } = merged(makeHistory(), [makeSecond(240_000, five)], []);
    expect(at).toEqual([120_000, 180_000, 240_000]);
    expect(since).toBe(120_000);
    expect(attempts).toEqual([10, 0, 5]);
    expect(outcomes["success"]).toEqual([8, 0, 4]);
    expect(latency.p95).toEqual([220, null, null]);
    expect(backlog!.waiting).toEqual([3, null, null]);
  });

  it("begins a series at its first occurrence", () => {
    expect(merged(makeHistory(), [makeSecond(150_000, { attempts: 1, outcomes: { dns: 1 }, codes: { none: 1 } })], []).outcomes["dns"]).toEqual([0, 0, 1]);
  });

  it("leaves the history it was given alone", () => {
    const history = makeHistory();
    merged(history, [makeSecond(150_000, five)], []);
    expect(history).toEqual(makeHistory());
  });

  it("lets who saw more attempts of a step say its latency", () => {
    const edges = [0.1, 0.2];
    const few = makeSecond(150_000, { durations: [0, 9, 0] });
    const many = makeSecond(151_000, { durations: [0, 2, 0] });
    expect(merged(makeHistory(), [few], edges).latency.p50).toEqual([80, 80, 80]);
    expect(merged(makeHistory(), [few, many], edges).latency.p50).toEqual([80, 80, 150]);
  });

  it("shows the newest backlog, with the last known of those retrying", () => {
    const backlog = { waiting: 9, held: 4, oldest_pending_at: 170_000 };
    expect(merged(makeHistory(), [makeSecond(180_000, { backlog })], []).backlog).toEqual({
      waiting: [2, 3, 9], retrying: [1, 2, 2], held: [0, 0, 4], oldest_pending_at: [null, 100_000, 170_000],
    });
    expect(merged(makeHistory({ backlog: null }), [makeSecond(180_000, { backlog })], []).backlog).toBeNull();
  });
});

describe("withSecond", () => {
  it("keeps a second once, in order, and not for ever", () => {
    const seconds = [2_000, 1_000, 2_000, 500_000, 499_000].reduce((kept, at) => withSecond(kept, makeSecond(at)), withSecond([], makeSecond(0)));
    expect(seconds.map(({ at }) => at)).toEqual([499_000, 500_000]);
    expect(withSecond([makeSecond(1_000)], makeSecond(1_000, five))).toEqual([makeSecond(1_000, five)]);
  });
});

describe("percentile", () => {
  it.each([[[0, 10, 0], 0.5, 150], [[10, 0, 0], 0.95, 95], [[0, 0, 3], 0.99, 200], [[0, 0, 0], 0.5, null]])("%j at %s is %s", (durations, share, ms) => {
    expect(percentile(durations, [0.1, 0.2], share)).toBe(ms);
  });
});

it("finds the steps of a range", () => {
  expect([stepsBetween(makeHistory(), 60_000, 120_000), stepsBetween(makeHistory(), 60_000, 999_000), stepsBetween(makeHistory(), -5, 1)]).toEqual([[1, 2], [1, 3], [0, 1]]);
});

it("puts a second where it began, and keeps what waits", () => {
  const told = { t: "metrics", at: 10_000, seconds: 1, attempts: 2, outcomes: { success: 2 }, codes: { "200": 2 }, retries: {}, durations: [2], backlog: { waiting: 3, held: 1, oldestPendingAt: 5 } } as const;
  expect(secondOf({ ...told, durations: [2] })).toEqual({
    at: 9_000, seconds: 1, attempts: 2, outcomes: { success: 2 }, codes: { "200": 2 }, retries: {}, durations: [2], backlog: { waiting: 3, held: 1, oldest_pending_at: 5 }, system: null,
  });
});

it("takes no second that is far beyond what it knows", () => {
  const history = makeHistory();
  const far = makeSecond(history.until + 10 * 60_000, { attempts: 5 });
  expect(merged(history, [far], [])).toBe(history);
});
