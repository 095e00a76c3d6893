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

/** The beginnings of a chart's steps in ms since 1970, and how long each is. */
export interface Steps {
  at: readonly number[];
  seconds: number;
}

export function extentOf({ at, seconds }: Steps): [begin: number, end: number] {
  return [at[0]!, at[0]! + at.length * seconds * 1_000];
}

/** The step that an instant lies in; null outside of the chart. */
export function indexOf(instant: number | null, { at, seconds }: Steps): number | null {
  if (instant === null || at.length === 0) return null;
  const index = Math.floor((instant - at[0]!) / (seconds * 1_000));
  return index >= 0 && index < at.length ? index : null;
}

/** From the beginning of one step to the end of the other, whichever comes first. */
export function rangeOf(one: number, other: number, { at, seconds }: Steps): { from: number; to: number } {
  return { from: at[Math.min(one, other)]!, to: at[Math.max(one, other)]! + seconds * 1_000 };
}

const STRIDE = 10;

/** Where a key moves the cursor to; the first arrow shows it at the newest step. Null for a key that moves nothing. */
export function stepByKey(key: string, index: number | null, length: number): number | null {
  const last = length - 1;
  const at = index ?? last;
  const arrow = (by: number) => (index === null ? last : at + by);
  const to = { ArrowLeft: arrow(-1), ArrowDown: arrow(-1), ArrowRight: arrow(1), ArrowUp: arrow(1), PageDown: at - STRIDE, PageUp: at + STRIDE, Home: 0, End: last }[key];
  return to === undefined ? null : Math.max(0, Math.min(last, to));
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

/** "14:05", with seconds where steps are shorter than a minute, with the day where the chart has several. */
export function wordsOf(index: number, steps: Steps): string {
  const [begin, end] = extentOf(steps);
  const time = clockWords(steps.at[index]!, steps.seconds % 60 !== 0);
  return end - begin > DAY ? `${dateWords(steps.at[index]!)} ${time}` : time;
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
