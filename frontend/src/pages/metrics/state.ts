/** What the panels share, and the address behind it. */
import { signal } from "@preact/signals";
import { type Range, writeRange } from "../../core/range";
import { indexOf } from "../../core/chart-time";
import { type History, stepsBetween } from "../../core/history";
import type { Span } from "../../core/chart-panels";
import { ask } from "../../navigation";
import type { ChartState } from "../../ui/chart-slider";

const cursor: ChartState["cursor"] = signal(null);
export const selection: ChartState["selection"] = signal(null);
export const state: ChartState = { cursor, selection, zoom: zoomIn };

/** Another range is another picture: nothing of it is selected yet. */
export function showRange(range: Range): void {
  clear();
  ask(writeRange(range));
}

export function zoomIn(): void {
  const selected = selection.peek();
  if (selected !== null) showRange(selected);
}

/** False when there was nothing to clear. */
export function clear(): boolean {
  const had = selection.peek() !== null;
  cursor.value = selection.value = null;
  return had;
}

/** What figures stand for: the step under the cursor, otherwise what is selected, otherwise the whole range. */
export interface Focus {
  span: Span;
  on: "cursor" | "selection" | "range";
}

/** Follows cursor and selection, so that it belongs in the small parts that show figures. */
export function focusOf(history: History): Focus {
  const index = indexOf(cursor.value, { at: history.at, seconds: history.step });
  if (index !== null) return focusOn(index);
  const selected = selection.value;
  const [from, to] = selected === null ? [0, 0] : stepsBetween(history, selected.from, selected.to);
  return from < to ? { span: { from, to }, on: "selection" } : { span: { from: 0, to: history.at.length }, on: "range" };
}

export function focusOn(index: number): Focus {
  return { span: { from: index, to: index + 1 }, on: "cursor" };
}
