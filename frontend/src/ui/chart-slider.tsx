import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { type Plot, stepAt } from "../core/chart-shapes";
import { type Steps, indexOf, rangeOf, stepByKey, wordsOf } from "../core/chart-time";

/** What all charts of a page share: where the cursor is and what is selected, in ms since 1970. `to` is not included. */
export interface ChartState {
  cursor: Signal<number | null>;
  selection: Signal<{ from: number; to: number } | null>;
  zoom: () => void;
}

interface Props {
  label: string;
  plot: Plot;
  state: ChartState;
  steps: Steps;
  /** What a screen reader says of a step. */
  spoken: (index: number) => string;
  children: ComponentChildren;
}

/** Where a selection began, and whether a pointer is making it. */
interface Grip {
  anchor: number | null;
  dragging: boolean;
}

/** The steps under a cursor that pointer and keyboard move. To a screen reader it is a slider along the time. */
export function Slider({ label, plot, state, steps, spoken, children }: Props) {
  const grip = useRef<Grip>({ anchor: null, dragging: false }).current;
  const last = steps.at.length - 1;
  const index = indexOf(state.cursor.value, steps);
  const shown = index ?? last;
  return (
    <div
      class="chart-slider" role="slider" tabIndex={0} aria-label={label} aria-valuemin={0} aria-valuemax={last} aria-valuenow={shown} aria-valuetext={`${wordsOf(shown, steps)}: ${spoken(shown)}`}
      {...pointer(grip, plot, state, steps)} onKeyDown={(event) => onKeyDown(event, grip, index, state, steps)} onDblClick={state.zoom}
    >
      {children}
    </div>
  );
}

function pointer(grip: Grip, plot: Plot, { cursor, selection }: ChartState, steps: Steps) {
  const under = (event: PointerEvent) => stepAt(event.clientX - (event.currentTarget as Element).getBoundingClientRect().left, plot);
  const release = () => Object.assign(grip, { anchor: null, dragging: false });
  return {
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0) return;
      (event.currentTarget as Element).setPointerCapture(event.pointerId);
      Object.assign(grip, { anchor: under(event), dragging: true });
      cursor.value = steps.at[under(event)]!;
    },
    onPointerMove: (event: PointerEvent) => {
      const to = under(event);
      cursor.value = steps.at[to]!;
      if (grip.dragging && grip.anchor !== null && to !== grip.anchor) selection.value = rangeOf(grip.anchor, to, steps);
    },
    onPointerUp: release,
    onPointerCancel: release,
    // A finger that is lifted leaves the cursor where it was.
    onPointerLeave: (event: PointerEvent) => {
      if (event.pointerType === "mouse" && !grip.dragging) cursor.value = null;
    },
  };
}

function onKeyDown(event: KeyboardEvent, grip: Grip, index: number | null, { cursor, selection }: ChartState, steps: Steps): void {
  const to = event.ctrlKey || event.metaKey || event.altKey ? null : stepByKey(event.key, index, steps.at.length);
  if (to === null) return;
  event.preventDefault();
  grip.anchor = event.shiftKey ? (grip.anchor ?? index ?? steps.at.length - 1) : null;
  if (grip.anchor !== null) selection.value = rangeOf(grip.anchor, to, steps);
  cursor.value = steps.at[to]!;
}
