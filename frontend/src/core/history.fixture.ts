import type { History, Second } from "./history";

/** Three steps of a minute that begin at 0, read at 150 s: the last one is half over. */
export function makeHistory(different: Partial<History> = {}): History {
  return {
    source: "attempts", scope: "tenant", since: 0, until: 150_000, step: 60, at: [0, 60_000, 120_000], attempts: [100, 50, 10],
    outcomes: { success: [90, 50, 8], http_5xx: [6, 0, 2], timeout: [4, 0, 0] }, codes: { "200": [90, 50, 8], "503": [6, 0, 2], none: [4, 0, 0] }, retries: { http_5xx: [6, 0, 2] },
    latency: { p50: [80, 80, 80], p95: [200, 210, 220], p99: [300, 310, 320] },
    backlog: { waiting: [1, 2, 3], retrying: [1, 1, 2], held: [0, 0, 0], oldest_pending_at: [null, null, 100_000] }, ...different,
  };
}

export function makeSecond(at: number, different: Partial<Second> = {}): Second {
  return { at, seconds: 1, attempts: 0, outcomes: {}, codes: {}, retries: {}, durations: [], backlog: null, system: null, ...different };
}
