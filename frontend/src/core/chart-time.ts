/** Times along a chart, by the reader's own clock. */
import { language } from "./language";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  15_000, 30_000, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE,
  HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 4 * DAY, 7 * DAY,
];
const LANGUAGE_TAGS = { en: "en-GB", es: "es-ES" };
const DATE = new Intl.DateTimeFormat(LANGUAGE_TAGS[language], { day: "numeric", month: "short" });

export interface TimeTick {
  at: number;
  words: string;
}

/** At most `most` instants that are round on the local clock, through changes of summer time too. */
export function timeTicks(since: number, until: number, most: number): TimeTick[] {
  const step = STEPS.find((each) => (until - since) / each <= most) ?? STEPS.at(-1)!;
  const ticks: TimeTick[] = [];
  for (let local = Math.ceil(localTime(since) / step) * step; ; local += step) {
    const at = instantOf(local);
    if (at > until) return ticks;
    if (at >= since) ticks.push({ at, words: tickWords(at, step) });
  }
}

/** "14:05", with seconds where steps are shorter than a minute, with the day where the range has several. */
export function stepWords(at: number, stepSeconds: number, rangeMs: number): string {
  const time = clockWords(at, stepSeconds % 60 !== 0);
  return rangeMs > DAY ? `${dateWords(at)} ${time}` : time;
}

export function dateWords(at: number): string {
  return DATE.format(at);
}

export function clockWords(at: number, seconds = false): string {
  const time = new Date(at);
  const parts = [time.getHours(), time.getMinutes(), ...(seconds ? [time.getSeconds()] : [])];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

function tickWords(at: number, step: number): string {
  const midnight = new Date(at).getHours() === 0 && new Date(at).getMinutes() === 0;
  return step >= DAY || (midnight && step >= HOUR) ? dateWords(at) : clockWords(at, step < MINUTE);
}

/** The local clock's reading, as if it were UTC; and what instant shows it. */
function localTime(at: number): number {
  return at - new Date(at).getTimezoneOffset() * MINUTE;
}

function instantOf(local: number): number {
  const read = new Date(local);
  return new Date(read.getUTCFullYear(), read.getUTCMonth(), read.getUTCDate(), read.getUTCHours(), read.getUTCMinutes(), read.getUTCSeconds()).getTime();
}
