/** What the panels share, and the address behind it. */
import { computed, effect, signal } from "@preact/signals";
import { type Range, readSpan, writeRange, writeSpan } from "../../core/range";
import { indexOf } from "../../core/chart-time";
import { type History, stepsBetween } from "../../core/history";
import type { Span } from "../../core/chart-panels";
import { ask, query } from "../../navigation";
import type { ChartState } from "../../ui/chart-slider";

const cursor: ChartState["cursor"] = signal(null);
export const selection: ChartState["selection"] = signal(null);
export const state: ChartState = { cursor, selection, zoom: zoomIn };

/** Dragging selects many times a second; the address follows when it rests. */
const SETTLED_MS = 200;

/** Until the returned function is called, the selection is in the address too, as `sel`. */
export function keepSelectionInAddress(): () => void {
  const asked = computed(() => query.value["sel"] ?? "");
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stopReading = effect(() => {
    selection.value = readSpan(asked.value);
  });
  const stopWriting = effect(() => {
    const sel = writeSpan(selection.value);
    clearTimeout(timer);
    if (sel !== asked.peek()) timer = setTimeout(() => ask({ sel }, { replace: true }), SETTLED_MS);
  });
  return () => {
    stopReading();
    stopWriting();
    clearTimeout(timer);
    clear();
  };
}

/** Another range is another picture: nothing of it is selected yet. */
export function showRange(range: Range): void {
  clear();
  ask({ ...writeRange(range), sel: "" });
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
