const FIRST_MS = 500;
const CAP_MS = 15_000;

/** Milliseconds before reconnect number `failures` (from 1): doubling, capped, half of it random so that clients do not return in step. */
export function backoff(failures: number, random: () => number): number {
  const ceiling = Math.min(CAP_MS, FIRST_MS * 2 ** Math.min(failures, 10));
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}
