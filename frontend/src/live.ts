/** The feed's rows on their way to the screen: kept in a ring, painted at most five times a second. */
import { computed, effect, signal } from "@preact/signals";
import { boot } from "./boot";
import { serverNow } from "./clock";
import { withTenant } from "./core/api";
import type { Divider, Effect } from "./core/continuity";
import { type Connection, Feed, type Query } from "./core/feed";
import { secondOf } from "./core/history";
import { residual, toWire } from "./core/filter";
import { type AttemptRow, type Metrics, endedAt } from "./core/protocol";
import { RateMeter } from "./core/rate";
import { Ring } from "./core/ring";
import { Sampling } from "./core/sampling";
import { opened, terms } from "./navigation";
import { range } from "./past";
import { learnEdges, tellSecond } from "./seconds";
import { endedAt as signedOutAt, sessionEnded } from "./session";
import { learnEndpoints } from "./subscriptions";

export const KEPT_ROWS = 50_000;
const PAINT_EVERY_MS = 200;
const HISTORY_ROWS = 500;
/** A first fill that brings nothing may not be told as finished; after this long, empty is empty. */
const SETTLED_AFTER_MS = 1_500;

/** What a divider stands for happened between these two times. */
export type Entry = AttemptRow | { divider: Divider; since: number; until: number };
export type PauseReason = "scroll" | "text" | "row" | "delivery" | "you";

/** A snapshot: what was newest when following stopped. */
export interface Pause {
  why: PauseReason;
  end: number;
  arrived: number;
  at: number;
}

export const entries = new Ring<Entry>(KEPT_ROWS);
export const meter = new RateMeter();
export const sampling = new Sampling();
export const seenEvents = new Set<string>();

/** Goes up with every repaint; what shows rows reads it. */
export const painted = signal(0);
export const connection = signal<Connection>({ kind: "connecting" });
/** What is shown may be out of date: the feed is away, or the session has ended. */
export const isOff = computed(() => connection.value.kind === "offline" || signedOutAt.value !== null);
/** Whether the log has been read up to now, so that "no rows" means there are none. */
export const settled = signal(false);
export const pause = signal<Pause | null>(null);
/** The number of the selected row in the ring. */
export const selected = signal<number | null>(null);
/** Goes up when the open delivery has a new attempt. */
export const touched = signal(0);

/** Attempts that came in and matched, and all that were looked at, since the filter was set. */
export const tally = { arrived: 0, examined: 0 };

/** When the newest row's outcome was there. */
let newestAt: number | null = null;
let matches: ((row: AttemptRow) => boolean) | null = null;
let feed: Feed | undefined;
let paintTimer: ReturnType<typeof setTimeout> | undefined;
let settleTimer: ReturnType<typeof setTimeout> | undefined;
let paintedAt = 0;

export function startFeed(): void {
  const address = new URL(withTenant(boot.feed, boot.tenant.slug), location.href);
  address.searchParams.set("user", boot.user.id);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  effect(() => {
    const query = queryOf(terms.value);
    empty();
    if (feed) return feed.ask(query);
    const listener = { connection: connected, effects: (all: Effect[], completeAt: number | null) => all.forEach((effect) => apply(effect, completeAt)), greeted: learnEdges, metrics: counted };
    feed = new Feed(() => new WebSocket(address), query, listener, () => !document.hidden);
    feed.start();
  });
  addEventListener("offline", () => feed?.networkLost());
  addEventListener("online", () => feed?.networkBack());
}

/** A delivery opened or closed, by whatever way, decides whether the list stands still. */
export function pauseWhileOpen(): void {
  effect(() => {
    const open = opened.value !== null;
    // On a page opened with a delivery the rows come later.
    if (open && settled.value && entries.end > entries.start) pauseFor("delivery");
    else if (!open && pause.peek()?.why === "delivery") pauseFor("row");
  });
}

/** Going to the history or back, the list begins anew. */
export function startAnewWithRange(): void {
  effect(() => {
    range.value;
    follow();
  });
}

export function retryNow(): void {
  feed?.retryNow();
}

/** Whether the server answered what is asked of it besides the feed. */
export function heardOfServer(answered: boolean): void {
  if (answered) feed?.serverAnswered();
  else feed?.serverSilent();
}

/** The first reason stays, but a row and the delivery opened from it take turns. */
export function pauseFor(why: PauseReason): void {
  // The history stands still by itself.
  if (range.peek()) return;
  const held = pause.peek();
  if (held === null) pause.value = { why, end: entries.end, arrived: tally.arrived, at: serverNow() };
  else if (takesTurns(held.why) && takesTurns(why) && held.why !== why) pause.value = { ...held, why };
}

function takesTurns(why: PauseReason): boolean {
  return why === "row" || why === "delivery";
}

export function follow(): void {
  pause.value = null;
  selected.value = null;
}

function queryOf(current: typeof terms.value): Query {
  matches = residual(current);
  // With a filter the server sends only what matches, so the whole log is worth a look.
  return { filter: toWire(current), history: current.length === 0 ? HISTORY_ROWS : Number.MAX_SAFE_INTEGER };
}

function empty(): void {
  entries.clear();
  tally.arrived = tally.examined = 0;
  sampling.clear();
  settled.value = false;
  follow();
  requestPaint();
}

function connected(now: Connection): void {
  connection.value = now;
  clearTimeout(settleTimer);
  if (now.kind === "open") settleTimer = setTimeout(() => (settled.value = true), SETTLED_AFTER_MS);
  if (now.kind === "ended") sessionEnded();
}

function apply(effect: Effect, completeAt: number | null): void {
  if (effect.do === "append") append(effect);
  else if (effect.do === "divide") divide(effect.divider, completeAt);
  else if (effect.do === "caught-up") settled.value = true;
  requestPaint();
}

/** A filter may have shown nothing for an hour: where nobody knows what is missing, that is not since when. */
function divide(divider: Divider, completeAt: number | null): void {
  const known = divider.kind === "restarted" && completeAt !== null ? completeAt + serverNow() - Date.now() : newestAt;
  entries.push({ divider, since: known ?? serverNow(), until: serverNow() });
}

/** What the filter shows says nothing about how much there is, nor does what a gap is filled with. */
function counted(metrics: Metrics): void {
  meter.add(metrics.attempts, metrics.seconds, Date.now());
  tellSecond(secondOf(metrics));
}

function append({ rows, dropped, examined }: Extract<Effect, { do: "append" }>): void {
  const now = Date.now();
  const shown = matches ? rows.filter(matches) : rows;
  const open = opened.peek()?.id;
  for (const row of shown) {
    entries.push(row);
    seenEvents.add(row.event);
    if (row.deliveryId === open) touched.value += 1;
  }
  if (rows.length > 0) newestAt = endedAt(rows.at(-1)!);
  learnEndpoints(shown);
  tally.arrived += shown.length;
  tally.examined += examined;
  sampling.add(shown, dropped, now);
}

function requestPaint(): void {
  if (paintTimer !== undefined) return;
  const wait = Math.max(0, paintedAt + PAINT_EVERY_MS - performance.now());
  paintTimer = setTimeout(() => {
    paintTimer = undefined;
    paintedAt = performance.now();
    painted.value += 1;
  }, wait);
}
