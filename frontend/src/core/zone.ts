/** Whose clock the times are by. Everything that writes a time reads it here, so that a change shows at once. */
import { signal } from "@preact/signals";

/** The time zone of the browser, whatever it is. */
export const BROWSER = "browser";

/** `browser`, `UTC` or an IANA name such as `Europe/Madrid`. */
export const zone = signal<string>(BROWSER);

const MINUTE_MS = 60_000;
/** No zone has changed its offset anywhere else than at a quarter of an hour since 1972. */
const STEP_MS = 15 * MINUTE_MS;
const KEPT_STEPS = 4_096;

let known: { zone: string; offsets: Map<number, number>; format: Intl.DateTimeFormat } | null = null;

/** A date whose UTC fields are those of a wall clock in the chosen zone. */
export function wallClock(at: number): Date {
  return new Date(at + offsetAt(at));
}

/** Milliseconds to add to UTC. The list asks for every row of every repaint, and Intl would take most of its time. */
export function offsetAt(at: number): number {
  const name = zone.value;
  if (name === BROWSER) return -new Date(at).getTimezoneOffset() * MINUTE_MS;
  if (name === "UTC") return 0;
  if (known?.zone !== name) known = { zone: name, offsets: new Map(), format: partsOf(name) };
  const step = Math.floor(at / STEP_MS);
  const kept = known.offsets.get(step);
  if (kept !== undefined) return kept;
  const offset = readOffset(known.format, step * STEP_MS);
  if (known.offsets.size >= KEPT_STEPS) known.offsets.clear();
  known.offsets.set(step, offset);
  return offset;
}

/** The instant at which the chosen clock shows this, given as if it were UTC. Of two the later, of none one beside it. */
export function instantOf(wall: number): number {
  const guess = wall - offsetAt(wall);
  return wall - offsetAt(guess);
}

function partsOf(name: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-US", { timeZone: name, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" });
}

function readOffset(format: Intl.DateTimeFormat, at: number): number {
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(parts["year"]!, parts["month"]! - 1, parts["day"]!, parts["hour"]!, parts["minute"]!, parts["second"]!) - at;
}

/** "Madrid, UTC+1". */
export function zoneWords(at: number): string {
  const name = zone.value === BROWSER ? browserZone() : zone.value;
  const offset = offsetWords(offsetAt(at));
  return offset === "UTC" ? offset : `${placeOf(name)}, ${offset}`;
}

/** "UTC+5:30": what the clocks of a zone differ by, at a time. */
export function offsetOf(name: string, at: number): string {
  return offsetWords(readOffset(partsOf(name), Math.floor(at / STEP_MS) * STEP_MS));
}

function offsetWords(ms: number): string {
  const minutes = Math.abs(ms) / MINUTE_MS;
  if (minutes === 0) return "UTC";
  const rest = minutes % 60;
  return `UTC${ms < 0 ? "−" : "+"}${Math.trunc(minutes / 60)}${rest ? `:${String(rest).padStart(2, "0")}` : ""}`;
}

export function browserZone(): string {
  return today(Intl.DateTimeFormat().resolvedOptions().timeZone);
}

/** What some browsers still call as it was called before. */
const RENAMED: Readonly<Record<string, string>> = {
  "America/Godthab": "America/Nuuk", "Asia/Calcutta": "Asia/Kolkata", "Asia/Katmandu": "Asia/Kathmandu", "Asia/Rangoon": "Asia/Yangon",
  "Asia/Saigon": "Asia/Ho_Chi_Minh", "Atlantic/Faeroe": "Atlantic/Faroe", "Europe/Kiev": "Europe/Kyiv",
};

function today(name: string): string {
  return RENAMED[name] ?? name;
}

/** "Europe/Isle_of_Man" is "Isle of Man". */
function placeOf(name: string): string {
  return name.split("/").at(-1)!.replaceAll("_", " ");
}

/** The zones whose name has all the words of a text, however they are written. */
export function findZones(text: string): string[] {
  const words = plain(text).split(" ").filter(Boolean);
  const all = [...new Set(["UTC", ...Intl.supportedValuesOf("timeZone").map(today)])];
  return all.filter((name) => words.every((word) => plain(name).includes(word)));
}

function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/[_/,]+/g, " ");
}

export function isZone(name: string): boolean {
  if (name === BROWSER) return true;
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
