/** Times along a chart, by the reader's own clock. */
import { language } from "./language";
import { instantOf, wallClock } from "./zone";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  15_000, 30_000, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE,
  HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 4 * DAY, 7 * DAY,
];
const LANGUAGE_TAGS = { en: "en-GB", es: "es-ES" };
const DATE = new Intl.DateTimeFormat(LANGUAGE_TAGS[language], { day: "numeric", month: "short", timeZone: "UTC" });

export interface TimeTick {
  at: number;
  words: string;
}

/** At most `most` instants that are round on the reader's clock, through changes of summer time too. */
export function timeTicks(since: number, until: number, most: number): TimeTick[] {
  const step = STEPS.find((each) => (until - since) / each <= most) ?? STEPS.at(-1)!;
  const ticks: TimeTick[] = [];
  for (let local = Math.ceil(wallClock(since).getTime() / step) * step; ; local += step) {
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
  return DATE.format(wallClock(at));
}

export function clockWords(at: number, seconds = false): string {
  const time = wallClock(at);
  const parts = [time.getUTCHours(), time.getUTCMinutes(), ...(seconds ? [time.getUTCSeconds()] : [])];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

function tickWords(at: number, step: number): string {
  const time = wallClock(at);
  const midnight = time.getUTCHours() === 0 && time.getUTCMinutes() === 0;
  return step >= DAY || (midnight && step >= HOUR) ? dateWords(at) : clockWords(at, step < MINUTE);
}
