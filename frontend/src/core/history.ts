/** What the charts are of: the server's figures in steps of equal length, and the feed's figures of the seconds since. */
import type { Metrics, SystemCounts } from "./protocol";

export type Counts = Readonly<Record<string, readonly number[]>>;
export type Measured = readonly (number | null)[];

/** `/monitor/history`. Every list has a value for each of `at`, the beginnings of the steps. Times are ms since 1970, `step` is seconds. */
export interface History {
  source: "attempts" | "prometheus";
  scope: "tenant" | "system";
  since: number;
  /** Everything before it is counted. */
  until: number;
  step: number;
  at: readonly number[];
  attempts: readonly number[];
  outcomes: Counts;
  codes: Counts;
  retries: Counts;
  latency: { readonly p50: Measured; readonly p95: Measured; readonly p99: Measured };
  backlog: { readonly waiting: Measured; readonly retrying: Measured; readonly held: Measured; readonly oldest_pending_at: Measured } | null;
}

/** What the feed's `metrics` say of `seconds` seconds from `at` on. `durations` counts by the edges of hello, the last one what lies above them. */
export interface Second {
  at: number;
  seconds: number;
  attempts: number;
  outcomes: Readonly<Record<string, number>>;
  codes: Readonly<Record<string, number>>;
  retries: Readonly<Record<string, number>>;
  durations: readonly number[];
  backlog: { readonly waiting: number; readonly held: number; readonly oldest_pending_at: number | null } | null;
  /** Of all tenants; null where that is not told. */
  system: SystemCounts | null;
}

/** The frame names the end of its second, a chart the beginning of its steps. */
export function secondOf({ at, seconds, attempts, outcomes, codes, retries, durations, backlog, system = null }: Metrics): Second {
  const waiting = backlog && { waiting: backlog.waiting, held: backlog.held, oldest_pending_at: backlog.oldestPendingAt };
  return { at: at - seconds * 1_000, seconds, attempts, outcomes, codes, retries, durations, backlog: waiting, system };
}

/** Longer than the time between two readings of the history; what is older is in it. */
const KEPT_SECONDS = 120;

/** The seconds to keep, each once: a feed that connects anew may tell one again. */
export function withSecond(seconds: readonly Second[], second: Second): readonly Second[] {
  const others = seconds.filter(({ at }) => at !== second.at && at > second.at - KEPT_SECONDS * 1_000);
  return [...others, second].sort((one, other) => one.at - other.at);
}

/**
 * The history with the seconds it does not contain yet. Each is counted in the step it begins in; one that began before
 * the history's end is in the history. New steps push as many old ones out, so that the range keeps its length.
 */
export function merged(history: History, seconds: readonly Second[], edges: readonly number[]): History {
  // After a long sleep the history is too old for what comes now, and is being read anew: what lies between is not nothing.
  const news = seconds.filter(({ at }) => at >= history.until && at < history.until + KEPT_SECONDS * 1_000);
  const last = news.at(-1);
  const first = history.at[0];
  if (last === undefined || first === undefined) return history;
  const stepMs = history.step * 1_000;
  const whole = grown(history, Math.floor((last.at - first) / stepMs) + 1);
  const [attempts, outcomes, codes, retries] = [[...whole.attempts], copied(whole.outcomes), copied(whole.codes), copied(whole.retries)];
  const durations = new Map<number, number[]>();
  for (const second of news) {
    const step = Math.floor((second.at - first) / stepMs);
    attempts[step]! += second.attempts;
    addCounts(outcomes, second.outcomes, step, whole.at.length);
    addCounts(codes, second.codes, step, whole.at.length);
    addCounts(retries, second.retries, step, whole.at.length);
    durations.set(step, summed(durations.get(step), second.durations));
  }
  const latency = withLatency(whole, history.attempts, durations, edges);
  const backlog = withBacklog(whole, news, stepMs);
  return shifted({ ...whole, until: last.at + last.seconds * 1_000, attempts, outcomes, codes, retries, latency, backlog }, whole.at.length - history.at.length);
}

/** By linear interpolation in its bucket, as Prometheus does; above the last edge it is that edge. Milliseconds. */
export function percentile(durations: readonly number[], edges: readonly number[], share: number): number | null {
  const total = durations.reduce((sum, n) => sum + n, 0);
  if (total === 0 || edges.length === 0) return null;
  let below = 0;
  for (const [i, n] of durations.entries()) {
    if (n > 0 && below + n >= share * total) {
      const [low, high] = [edges[i - 1] ?? 0, edges[i]];
      return Math.round(1_000 * (high === undefined ? edges.at(-1)! : low + (high - low) * ((share * total - below) / n)));
    }
    below += n;
  }
  return null;
}

/** From the first step that begins at or after `from` to the last that begins before `to`, as indices. */
export function stepsBetween(history: History, from: number, to: number): [from: number, to: number] {
  const after = history.at.findIndex((at) => at >= from);
  const end = history.at.findIndex((at) => at >= to);
  return [after < 0 ? history.at.length : after, end < 0 ? history.at.length : end];
}

function grown(history: History, length: number): History {
  const more = length - history.at.length;
  if (more <= 0) return history;
  const zeros = new Array<number>(more).fill(0);
  const unknown = new Array<null>(more).fill(null);
  const at = [...history.at, ...zeros.map((_, i) => history.at.at(-1)! + (i + 1) * history.step * 1_000)];
  const counts = (of: Counts) => mapped(of, (list) => [...list, ...zeros]);
  const measured = <K extends string>(of: Readonly<Record<K, Measured>>) => mapped(of, (list) => [...list, ...unknown]);
  return {
    ...history, at, attempts: [...history.attempts, ...zeros], outcomes: counts(history.outcomes), codes: counts(history.codes), retries: counts(history.retries),
    latency: measured(history.latency), backlog: history.backlog && measured(history.backlog),
  };
}

function shifted(history: History, by: number): History {
  if (by <= 0) return history;
  const cut = <K extends string, T>(of: Readonly<Record<K, readonly T[]>>) => mapped(of, (list) => list.slice(by));
  const at = history.at.slice(by);
  return {
    ...history, since: at[0]!, at, attempts: history.attempts.slice(by), outcomes: cut(history.outcomes), codes: cut(history.codes), retries: cut(history.retries),
    latency: cut(history.latency), backlog: history.backlog && cut(history.backlog),
  };
}

/** Percentiles cannot be added: of a step that both know in part, the one who saw more attempts speaks. */
function withLatency(whole: History, counted: readonly number[], durations: ReadonlyMap<number, number[]>, edges: readonly number[]): History["latency"] {
  const [p50, p95, p99] = [[...whole.latency.p50], [...whole.latency.p95], [...whole.latency.p99]];
  for (const [step, buckets] of durations) {
    const seen = buckets.reduce((sum, n) => sum + n, 0);
    if (seen === 0 || seen <= (counted[step] ?? 0) || edges.length === 0) continue;
    p50[step] = percentile(buckets, edges, 0.5);
    p95[step] = percentile(buckets, edges, 0.95);
    p99[step] = percentile(buckets, edges, 0.99);
  }
  return { p50, p95, p99 };
}

/** The newest of each step; how many of them are retrying only the history knows, so the last known stays. */
function withBacklog(whole: History, news: readonly Second[], stepMs: number): History["backlog"] {
  if (whole.backlog === null) return null;
  const [waiting, retrying, held, oldest] = [[...whole.backlog.waiting], [...whole.backlog.retrying], [...whole.backlog.held], [...whole.backlog.oldest_pending_at]];
  for (const { at, backlog } of news) {
    if (backlog === null) continue;
    const step = Math.floor((at - whole.at[0]!) / stepMs);
    waiting[step] = backlog.waiting;
    held[step] = backlog.held;
    oldest[step] = backlog.oldest_pending_at;
    retrying[step] ??= retrying[step - 1] ?? null;
  }
  return { waiting, retrying, held, oldest_pending_at: oldest };
}

function addCounts(to: Record<string, number[]>, counts: Readonly<Record<string, number>>, step: number, length: number): void {
  for (const [key, n] of Object.entries(counts)) (to[key] ??= new Array<number>(length).fill(0))[step]! += n;
}

function summed(before: readonly number[] | undefined, more: readonly number[]): number[] {
  return more.map((n, i) => n + (before?.[i] ?? 0));
}

function copied(counts: Counts): Record<string, number[]> {
  return mapped(counts, (list) => [...list]);
}

function mapped<K extends string, T, U>(of: Readonly<Record<K, T>>, change: (value: T) => U): Record<K, U> {
  return Object.fromEntries(Object.entries<T>(of).map(([key, value]) => [key, change(value)])) as Record<K, U>;
}
