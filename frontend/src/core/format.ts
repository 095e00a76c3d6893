/** How figures, times and addresses are written, in the page's language and by the chosen clock. */
import { language, texts } from "./language";
import { wallClock } from "./zone";

const t = texts({
  en: { months: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] },
  es: { months: ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"] },
});

const NUMBER = new Intl.NumberFormat(language);
const POINT = NUMBER.formatToParts(0.5).find(({ type }) => type === "decimal")!.value;

/** A figure and its unit apart, for the unit is set quieter. */
export interface Quantity {
  value: string;
  unit: string;
}

export const NONE = "–";

export function count(n: number): string {
  return NUMBER.format(n);
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** "84 ms", "2,004 ms", from ten seconds on "10.0 s". */
export function latency(ms: number | null): Quantity {
  if (ms === null) return { value: NONE, unit: "" };
  return ms < 10_000 ? { value: count(Math.round(ms)), unit: "ms" } : { value: tenths(ms / 1_000), unit: "s" };
}

export function text(quantity: Quantity): string {
  return quantity.unit === "" ? quantity.value : `${quantity.value} ${quantity.unit}`;
}

/** Two units at most: "2.1 s", "12 s", "3 m 39 s", "2 h 5 m", "1 d 4 h". */
export function duration(ms: number): Quantity[] {
  if (ms < 10_000 && ms % 1_000 !== 0) return [{ value: tenths(Math.max(0, ms) / 1_000), unit: "s" }];
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const steps = [
    { unit: "d", of: 86_400, below: 3_600 },
    { unit: "h", of: 3_600, below: 60 },
    { unit: "m", of: 60, below: 1 },
  ];
  const units = ["h", "m", "s"];
  for (const [i, { unit, of, below }] of steps.entries()) {
    if (seconds < of) continue;
    const rest = Math.floor((seconds % of) / below);
    const whole = { value: String(Math.floor(seconds / of)), unit };
    return rest === 0 ? [whole] : [whole, { value: String(rest), unit: units[i]! }];
  }
  return [{ value: String(seconds), unit: "s" }];
}

export function durationText(ms: number): string {
  return duration(ms).map(text).join(" ");
}

/** "04:12", over an hour "1:02:03". */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  const [h, m, s] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${pad(m)}:${pad(s)}` : `${pad(m)}:${pad(s)}`;
}

export function rate(perSecond: number): string {
  return perSecond >= 1_000 ? count(Math.round(perSecond)) : tenths(perSecond);
}

export function percent(part: number, whole: number): string {
  // Rounded down: 99.96 % of a million is not "100.0".
  return tenths(Math.floor((part / whole) * 1_000) / 10);
}

export function clock(at: number): string {
  const time = wallClock(at);
  return `${pad(time.getUTCHours())}:${pad(time.getUTCMinutes())}:${pad(time.getUTCSeconds())}`;
}

export function milliseconds(at: number): string {
  return `.${String(new Date(at).getUTCMilliseconds()).padStart(3, "0")}`;
}

/** "24 Nov". */
export function day(at: number): string {
  const date = wallClock(at);
  return `${date.getUTCDate()} ${t.months[date.getUTCMonth()]}`;
}

/** Time of day, with the date before it when that is not today. */
export function moment(at: number, now: number): string {
  return second(at, now) + milliseconds(at);
}

/** The same to the second. */
export function second(at: number, now: number): string {
  return dayNumber(at) === dayNumber(now) ? clock(at) : `${day(at)} ${clock(at)}`;
}

function dayNumber(at: number): number {
  return Math.floor(wallClock(at).getTime() / 86_400_000);
}

export function bytes(n: number): string {
  return plural(n, "byte");
}

/** Host and path apart, for the host is read first. */
export function splitUrl(url: string): { host: string; path: string } {
  const [, host = url, path = ""] = /^[a-z]+:\/\/([^/?#]*)(.*)$/i.exec(url) ?? [];
  return { host, path: path === "/" ? "" : path };
}

/** Enough of an id to tell it by: UUIDv7 begin alike, they differ at the end. */
export function shortId(id: string): string {
  return `…${id.slice(-12)}`;
}

/** With so many digits after the point. */
export function decimal(n: number, digits: number): string {
  return n.toFixed(digits).replace(".", POINT);
}

function tenths(n: number): string {
  return decimal(n, 1);
}

function pad(n: number): string {
  return String(n).padStart(2, "0");
}
