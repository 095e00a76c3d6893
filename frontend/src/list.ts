/** What the list shows: the live feed, the snapshot of a pause, or a span of the history. */
import { effect } from "@preact/signals";
import type { AttemptRow } from "./core/protocol";
import { type Entry, entries, painted, pause, selected } from "./live";
import { opened } from "./navigation";
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

/** A delivery that was not opened from a row, but from an address or another delivery, is shown by its newest row, too. */
export function selectOpened(): void {
  effect(() => {
    const id = opened.value?.id;
    const standsStill = pause.value !== null || (range.value !== null && past.value !== null);
    if (id === undefined || !standsStill || isSelected(id)) return;
    selected.value = newestOf(id);
  });
}

function isSelected(deliveryId: string): boolean {
  const number = selected.peek();
  return number !== null && rowAt(number)?.deliveryId === deliveryId;
}

function newestOf(deliveryId: string): number | null {
  const { start } = shownRows();
  for (let number = viewEnd() - 1; number >= start; number -= 1) if (rowAt(number)?.deliveryId === deliveryId) return number;
  return null;
}

export function rowAt(number: number): AttemptRow | null {
  const entry = shownRows().at(number);
  return entry === undefined || "divider" in entry ? null : entry;
}
