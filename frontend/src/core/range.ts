/** Which time a page is about, as its address says it. */
import { instantOf, wallClock } from "./zone";

export const LAST = ["15m", "1h", "6h", "24h"] as const;
export type Last = (typeof LAST)[number];
export type Range = { last: Last } | TimeSpan;

/** In every language. */
export const LAST_WORDS: Record<Last, string> = { "15m": "15 min", "1h": "1 h", "6h": "6 h", "24h": "24 h" };

const DEFAULT: Last = "1h";
const LAST_MS: Record<Last, number> = { "15m": 15 * 60_000, "1h": 3_600_000, "6h": 6 * 3_600_000, "24h": 24 * 3_600_000 };
const LONGEST_MS = 31 * 86_400_000;
/** The end of the year 9999: nobody can write what is later. */
const LAST_INSTANT = 253_402_300_799_999;

export type RangeProblem = "missing" | "order" | "long" | "future";

/** Part of what is shown, in milliseconds. */
export interface TimeSpan {
  from: number;
  to: number;
}

/** "from-to"; null for anything else. */
export function readSpan(text: string): TimeSpan | null {
  const [, from, to] = (/^(\d{1,15})-(\d{1,15})$/.exec(text) ?? []).map(Number);
  return from !== undefined && to !== undefined && problemOf(from, to, Infinity) === null ? { from, to } : null;
}

export function writeSpan(span: TimeSpan | null): string {
  return span === null ? "" : `${span.from}-${span.to}`;
}

/** `range`, or `from` and `to` in milliseconds. What is none of them is the last hour. */
export function readRange(query: Readonly<Record<string, string>>): Range {
  return namedRange(query) ?? { last: DEFAULT };
}

/** The same; null where the address names none. */
export function namedRange(query: Readonly<Record<string, string>>): Range | null {
  const [from, to] = [Number(query["from"]), Number(query["to"])];
  if (Number.isSafeInteger(from) && Number.isSafeInteger(to) && from > 0 && problemOf(from, to, Infinity) === null) return { from, to };
  const last = LAST.find((each) => each === query["range"]);
  return last ? { last } : null;
}

/** Its two ends, with `now` as the end of one that is relative. */
export function endsOf(range: Range, now: number): TimeSpan {
  return "last" in range ? { from: now - LAST_MS[range.last], to: now } : range;
}

/** What the address says of a range; the default is not mentioned. */
export function writeRange(range: Range): Record<"range" | "from" | "to", string> {
  if ("last" in range) return { range: range.last === DEFAULT ? "" : range.last, from: "", to: "" };
  return { range: "", from: String(range.from), to: String(range.to) };
}

/** What the server is asked for. */
export function wireRange(range: Range): Record<string, string> {
  if ("last" in range) return { range: range.last };
  return { since: new Date(range.from).toISOString(), until: new Date(range.to).toISOString() };
}

/** Why there is nothing between two instants; null where there may be. */
export function problemOf(from: number, to: number, now: number): RangeProblem | null {
  if (Number.isNaN(from) || Number.isNaN(to)) return "missing";
  if (from >= to) return "order";
  if (to - from > LONGEST_MS || to > LAST_INSTANT) return "long";
  return from > now ? "future" : null;
}

/** The value of an `<input type=datetime-local>`, by the reader's clock; and what instant it means, NaN for none. */
export function inputValue(at: number): string {
  return wallClock(at).toISOString().slice(0, 16);
}

export function inputInstant(value: string): number {
  const wall = Date.parse(`${value}Z`);
  return Number.isNaN(wall) ? wall : instantOf(wall);
}
