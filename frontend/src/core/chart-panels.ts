/** What each panel of the metrics page shows of a history. */
import type { Counts, History, Measured } from "./history";
import { byTone } from "./status-tones";

/** With more series than can be followed the smallest codes are one: outcomes are few, and each says what to do. */
const SERIES_AT_MOST = 8;
const CODES_AT_LEAST = 3;
export const OTHER_CODES = "rest";
export const NO_ANSWER = "none";
const OTHER = "other";
/** The outcomes of attempts that no HTTP status came of. */
const WITHOUT_ANSWER = ["timeout", "connection", "dns", "tls", "blocked", "abandoned"];

/** Steps as indices; `to` is the first one after. */
export interface Span {
  from: number;
  to: number;
}

export function successShares(history: History): Measured {
  const success = history.outcomes["success"];
  return history.attempts.map((all, i) => share(success?.[i] ?? 0, all));
}

/** In percent; null of nothing. */
export function share(part: number, all: number): number | null {
  return all === 0 ? null : (100 * part) / all;
}

export function failed(history: History): readonly number[] {
  const success = history.outcomes["success"];
  return history.attempts.map((all, i) => Math.max(0, all - (success?.[i] ?? 0)));
}

/** By HTTP code, and where none came by outcome. What has neither, as all without an answer from Prometheus, is `none`. */
export function failuresByStatus(history: History): Counts {
  const of: Record<string, readonly number[]> = {};
  for (const [code, counts] of Object.entries(history.codes)) if (code !== NO_ANSWER && !code.startsWith("2")) of[code] = counts;
  const reasons = WITHOUT_ANSWER.filter((outcome) => history.outcomes[outcome] !== undefined);
  for (const outcome of reasons) of[outcome] = history.outcomes[outcome]!;
  const unexplained = history.codes[NO_ANSWER]?.map((all, i) => Math.max(0, all - reasons.reduce((sum, outcome) => sum + history.outcomes[outcome]![i]!, 0)));
  if (!unexplained?.some((n) => n > 0)) return of;
  const isOther = history.source === "attempts" && history.outcomes[OTHER] !== undefined;
  const key = isOther ? OTHER : NO_ANSWER;
  return { ...of, [key]: of[key] ? added([of[key], unexplained]) : unexplained };
}

export interface Series {
  key: string;
  values: readonly number[];
}

/** Every outcome and the largest codes, the rest of which are put together, in the order that statuses always have. */
export function largest(counts: Counts): Series[] {
  const sizes = Object.entries(counts).map(([key, values]) => ({ key, values, total: sum(values) })).filter(({ total }) => total > 0);
  sizes.sort((one, other) => other.total - one.total || one.key.localeCompare(other.key));
  const outcomes = sizes.filter(({ key }) => !isCode(key));
  const codes = sizes.filter(({ key }) => isCode(key));
  const room = Math.max(CODES_AT_LEAST, SERIES_AT_MOST - outcomes.length);
  const shown = codes.slice(0, codes.length > room ? room - 1 : room);
  const rest = codes.slice(shown.length);
  const series = [...shown, ...outcomes].map(({ key, values }): Series => ({ key, values }));
  if (rest.length > 0) series.push({ key: OTHER_CODES, values: added(rest.map(({ values }) => values)) });
  return series.sort((one, other) => byTone(one.key, other.key));
}

function isCode(key: string): boolean {
  return /^\d{3}$/.test(key);
}

export function sum(values: readonly number[], { from, to }: Span = { from: 0, to: values.length }): number {
  let total = 0;
  for (let i = from; i < to; i += 1) total += values[i] ?? 0;
  return total;
}

/** So many in those steps are so many a minute. */
export function perMinute(n: number, steps: number, stepSeconds: number): number {
  return steps === 0 ? 0 : (n * 60) / (steps * stepSeconds);
}

export function highest(values: Measured): number {
  return values.reduce<number>((high, value) => Math.max(high, value ?? 0), 0);
}

export function lowest(values: Measured): number | null {
  return values.reduce<number | null>((low, value) => (value === null ? low : low === null ? value : Math.min(low, value)), null);
}

/** The newest that was measured among those steps. */
export function newest(values: Measured, { from, to }: Span): number | null {
  for (let i = to - 1; i >= from; i -= 1) if (values[i] !== null && values[i] !== undefined) return values[i]!;
  return null;
}

export interface CodeShare {
  code: string;
  n: number;
  share: number;
}

/** Largest first. Their shares are of all attempts of those steps. */
export function codeShares(history: History, span: Span): CodeShare[] {
  const counted = Object.entries(history.codes).map(([code, counts]) => ({ code, n: sum(counts, span) })).filter(({ n }) => n > 0);
  const all = counted.reduce((total, { n }) => total + n, 0);
  return counted.map(({ code, n }) => ({ code, n, share: (100 * n) / all })).sort((one, other) => other.n - one.n || one.code.localeCompare(other.code));
}

function added(lists: readonly (readonly number[])[]): number[] {
  return lists[0]!.map((_, i) => lists.reduce((total, list) => total + list[i]!, 0));
}
