/** A span of the history in the place of the live feed: read page by page, newest first, by the same filter. */
import { computed, effect, signal } from "@preact/signals";
import { serverNow, serverTime } from "./clock";
import type { Problem } from "./core/api";
import { Backwards } from "./core/backwards";
import { type Term, residual, toWire } from "./core/filter";
import { type AttemptRow, readRows } from "./core/protocol";
import { type Last, type Range, endsOf, namedRange, writeRange } from "./core/range";
import { ask, filterBy, query, route, terms } from "./navigation";
import { api } from "./session";
import { learnEndpoints } from "./subscriptions";

const KEPT_ROWS = 50_000;
/** Pages that find little are followed by the next, until a screen is full … */
const ENOUGH_ROWS = 100;
/** … or this many attempts were looked at: then a person decides whether to go on. */
const LOOKED_AT_ONCE = 200_000;

interface Page {
  fields: string[];
  rows: unknown[][];
  examined: number;
  reached: number;
  next_cursor: string | null;
}

export interface Past {
  from: number;
  to: number;
  /** Everything between this and `to` was looked at. */
  reached: number;
  examined: number;
  found: number;
  state: "reading" | "more" | "all" | "full";
  problem: Problem | null;
}

/** The range that the address asks for; null is live. */
export const range = computed(() => (route.value.page === "live" ? namedRange(query.value) : null));
export const past = signal<Past | null>(null);
export const pastRows = new Backwards<AttemptRow>();

/** Which reading is under way: an answer to an older one is of no interest. */
let turn = 0;
let cursor: string | null = null;

export function watchPast(): void {
  effect(() => {
    terms.value;
    if (range.value) readAnew();
    else {
      turn += 1;
      pastRows.clear();
      past.value = null;
    }
  });
}

const LIVE = { range: "", from: "", to: "" };

export function showRange(next: Range): void {
  ask(asQuery(next));
}

export function goLive(): void {
  ask(LIVE);
}

/** What a figure counts: in the history where it is of a time that has passed, otherwise in the feed, whose log may be shorter. */
export function showCounted(filter: readonly Term[], within: Last | null): void {
  filterBy(filter, within === null ? LIVE : asQuery({ last: within }));
}

function asQuery(next: Range): Record<string, string> {
  return { ...writeRange(next), ...("last" in next ? { range: next.last } : {}) };
}

/** From the newest again. Of a relative range that is now. */
export function readAnew(): void {
  pastRows.clear();
  cursor = null;
  past.value = notReadYet(serverNow());
  void begin((turn += 1));
}

/** Goes on where the last reading ended. */
export function readOlder(): void {
  const now = past.peek();
  if (now?.state !== "more") return;
  past.value = { ...now, state: "reading", problem: null };
  void read((turn += 1));
}

function notReadYet(now: number): Past {
  const { from, to } = endsOf(range.peek()!, now);
  return { from, to, reached: to, examined: 0, found: 0, state: "reading", problem: null };
}

async function begin(own: number): Promise<void> {
  const now = await serverTime();
  if (own !== turn) return;
  past.value = notReadYet(now);
  await read(own);
}

async function read(own: number): Promise<void> {
  const { from, to, found: before, examined: lookedBefore } = past.peek()!;
  const matches = residual(terms.peek());
  const wanted = { since: new Date(from).toISOString(), until: new Date(to).toISOString(), filter: JSON.stringify(toWire(terms.peek())) };
  for (;;) {
    const answer = await api.page<Page>("attempts", { ...wanted, cursor });
    if (own !== turn) return;
    const last = past.peek()!;
    if (!answer.ok) {
      past.value = { ...last, state: "more", problem: answer.problem };
      return;
    }
    const page = answer.value;
    const rows = readRows(page.fields, page.rows).filter((row) => matches?.(row) ?? true);
    pastRows.addOlder(rows);
    learnEndpoints(rows);
    cursor = page.next_cursor;
    const next = { ...last, reached: page.reached, examined: last.examined + page.examined, found: last.found + rows.length };
    const enough = next.found - before >= ENOUGH_ROWS || next.examined - lookedBefore >= LOOKED_AT_ONCE;
    const state = cursor === null ? "all" : next.found >= KEPT_ROWS ? "full" : enough ? "more" : "reading";
    past.value = { ...next, state };
    if (state !== "reading") return;
  }
}
