/** What the list shows: the live feed, the snapshot of a pause, or a span of the history. */
import type { AttemptRow } from "./core/protocol";
import { type Entry, entries, painted, pause } from "./live";
import { past, pastRows, range } from "./past";

interface Rows {
  start: number;
  end: number;
  at(number: number): Entry | undefined;
}

export function shownRows(): Rows {
  return range.value ? (past.value, pastRows) : entries;
}

/** One past the newest row in sight: of the snapshot while paused, of the feed while following. */
export function viewEnd(): number {
  return range.value ? pastRows.end : (pause.value?.end ?? (painted.value, entries.end));
}

export function viewLength(): number {
  return Math.max(0, viewEnd() - shownRows().start);
}

export function rowAt(number: number): AttemptRow | null {
  const entry = shownRows().at(number);
  return entry === undefined || "divider" in entry ? null : entry;
}
