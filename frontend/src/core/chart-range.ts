/** Which time the charts are of, as the page's address says it. */
export const LAST = ["15m", "1h", "6h", "24h"] as const;
export type Last = (typeof LAST)[number];
export type Range = { last: Last } | { from: number; to: number };

const DEFAULT: Last = "1h";
const LONGEST_MS = 31 * 86_400_000;

export type RangeProblem = "missing" | "order" | "long" | "future";

/** `range`, or `from` and `to` in milliseconds. What is none of them is the last hour. */
export function readRange(query: Readonly<Record<string, string>>): Range {
  const [from, to] = [Number(query["from"]), Number(query["to"])];
  if (Number.isSafeInteger(from) && Number.isSafeInteger(to) && from > 0 && problemOf(from, to, Infinity) === null) return { from, to };
  return { last: LAST.find((each) => each === query["range"]) ?? DEFAULT };
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
  if (to - from > LONGEST_MS) return "long";
  return from > now ? "future" : null;
}

/** The value of an `<input type=datetime-local>`, in the reader's zone. */
export function inputValue(at: number): string {
  const then = new Date(at);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${then.getFullYear()}-${two(then.getMonth() + 1)}-${two(then.getDate())}T${two(then.getHours())}:${two(then.getMinutes())}`;
}
