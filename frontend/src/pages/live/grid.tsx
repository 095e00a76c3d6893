import { signal, untracked, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type FilterKey, withTerm } from "../../core/filter";
import { texts } from "../../core/language";
import { scrollToShow, windowOf } from "../../core/window";
import { rowAt, shownRows, viewEnd, viewLength } from "../../list";
import { pause, pauseFor, selected } from "../../live";
import { filterBy, openAttempt, terms } from "../../navigation";
import { range, readOlder } from "../../past";
import { OlderLine, endsInTheMiddle } from "./older";
import { DividerRow, Row } from "./row";
import { termOf } from "./row-terms";

const scroll = signal(0);
/** So close to the end of what was read of the history the next page is asked for. */
const MORE_BEFORE_ROWS = 30;
const size = signal({ header: 0, height: 0, row: 28 });

const t = texts({
  en: { list: "Attempts, newest first", time: "Time", status: "Status", event: "Event", endpoint: "Endpoint", attempt: "Attempt", code: "Code", latency: "Latency", reason: "Reason" },
  es: { list: "Intentos, el más reciente primero", time: "Hora", status: "Estado", event: "Evento", endpoint: "Destino", attempt: "Intento", code: "Código", latency: "Latencia", reason: "Motivo" },
});

/** The class of a column's cells and its heading. */
const COLUMNS = [
  ["time", t.time], ["st", t.status], ["ev", t.event], ["ep", t.endpoint], ["at", t.attempt], ["code", t.code], ["lat", t.latency], ["why", t.reason],
] as const;

/** Newest first. Only the rows in sight exist, in slots that are filled anew with every repaint. */
export function Grid() {
  const scroller = useRef<HTMLDivElement>(null);
  const pressed = useRef<Pressed | null>(null);
  useSize(scroller);
  usePauseOfSelectedText(scroller);
  useSignalEffect(() => {
    range.value;
    if (pause.value === null) scroller.current!.scrollTop = 0;
  });
  useSignalEffect(() => showSelected(scroller.current!));

  const rows = shownRows();
  const end = viewEnd();
  const total = viewLength();
  const { header, height, row: rowHeight } = size.value;
  const { first, count } = windowOf(scroll.value, height, rowHeight, total);
  const slots = [];
  for (let i = 0; i < count; i += 1) {
    const number = end - 1 - first - i;
    const entry = rows.at(number);
    if (entry === undefined) continue;
    const rowIndex = first + i + 2;
    if ("divider" in entry) slots.push(<DividerRow key={`d${i}`} entry={entry} rowIndex={rowIndex} />);
    else slots.push(<Row key={i} row={entry} number={number} rowIndex={rowIndex} isSelected={selected.value === number} />);
  }

  // The last line is no row of the grid: it lies where one more row would be.
  const goesOn = total > 0 && endsInTheMiddle();
  const lastLine = total * rowHeight - scroll.value;

  const onScroll = () => {
    scroll.value = scroller.current!.scrollTop;
    if (scroll.value > 0) pauseFor("scroll");
    if (scroll.value > (total - MORE_BEFORE_ROWS) * rowHeight - height) readOlder();
  };
  const onPointerDown = (event: PointerEvent) => (pressed.current = pressedAt(event.target, event.pointerType === "touch"));
  const onClick = (event: MouseEvent) => {
    const { number, key } = pressed.current ?? pressedAt(event.target, false);
    pressed.current = null;
    if (number === null || getSelection()?.isCollapsed === false) return;
    if (key) filterByValue(number, key, event.altKey);
    else openRow(number);
  };

  return <>
    <div class="grid" ref={scroller} role="grid" aria-label={t.list} tabIndex={0} aria-rowcount={total + 1} aria-colcount={COLUMNS.length}
      aria-activedescendant={selected.value === null ? undefined : `row-${selected.value}`} onScroll={onScroll} onPointerDown={onPointerDown} onClick={onClick}>
      <div class="row hd" role="row" aria-rowindex={1}>
        {COLUMNS.map(([key, name]) => <span key={key} class={`c-${key}`} role="columnheader">{key === "lat" ? <span class="ms">{name}</span> : name}</span>)}
      </div>
      <div class="rows" role="rowgroup" style={{ height: `${(total + (goesOn ? 1 : 0)) * rowHeight}px` }}>
        <div class="slots" role="presentation" style={{ transform: `translateY(${first * rowHeight}px)` }}>{slots}</div>
      </div>
    </div>
    {goesOn && lastLine < height && <OlderLine top={header + lastLine} />}
  </>;
}

/** Moves the selection: 1 to older, -1 to newer. Dividers are stepped over. */
export function moveSelection(step: 1 | -1): number | null {
  pauseFor("row");
  const end = viewEnd();
  const top = end - 1 - Math.ceil(scroll.value / size.value.row);
  let next = selected.value === null ? top : selected.value - step;
  while (next >= shownRows().start && next < end && rowAt(next) === null) next -= step;
  if (rowAt(next) === null || next >= end) return null;
  selected.value = next;
  return next;
}

export function openRow(number: number): void {
  const row = rowAt(number);
  if (!row) return;
  pauseFor("row");
  selected.value = number;
  openAttempt(row.deliveryId, row.attempt);
}

function filterByValue(number: number, key: FilterKey, negated: boolean): void {
  const row = rowAt(number);
  const term = row && termOf(row, key, negated);
  if (term) filterBy(withTerm(terms.value, term));
}

/** Rows move under the pointer while following: what was pressed counts, not what is there at release. */
interface Pressed {
  number: number | null;
  key: FilterKey | null;
}

function pressedAt(target: EventTarget | null, byFinger: boolean): Pressed {
  if (!(target instanceof Element)) return { number: null, key: null };
  const number = target.closest<HTMLElement>("[data-number]")?.dataset["number"];
  const key = target.closest<HTMLElement>("[data-filter]")?.dataset["filter"];
  // A finger means the row: the values are too small to aim at.
  const aimed = !byFinger && key !== undefined;
  return { number: number === undefined ? null : Number(number), key: aimed ? (key as FilterKey) : null };
}

function showSelected(scroller: HTMLElement): void {
  if (selected.value === null || (pause.peek() === null && range.peek() === null)) return;
  const index = untracked(viewEnd) - 1 - selected.value;
  const { height, row } = size.peek();
  scroller.scrollTop = scrollToShow(index, scroller.scrollTop, height, row);
}

/** What somebody marks to copy must not move on. */
function usePauseOfSelectedText(grid: { current: HTMLElement | null }): void {
  useEffect(() => {
    const onSelection = () => {
      const marked = getSelection();
      if (marked?.isCollapsed === false && grid.current!.contains(marked.anchorNode)) pauseFor("text");
    };
    document.addEventListener("selectionchange", onSelection);
    return () => document.removeEventListener("selectionchange", onSelection);
  }, []);
}

/** Heights come from the style sheet: density and the width of the window change them. */
function useSize(scroller: { current: HTMLElement | null }): void {
  useEffect(() => {
    const element = scroller.current!;
    const measure = () => {
      const row = parseFloat(getComputedStyle(element).getPropertyValue("--row"));
      const header = element.firstElementChild!.getBoundingClientRect().height;
      size.value = { header, height: element.clientHeight - header, row };
    };
    const resized = new ResizeObserver(measure);
    const restyled = new MutationObserver(measure);
    resized.observe(element);
    restyled.observe(document.documentElement, { attributeFilter: ["data-density"] });
    return () => {
      resized.disconnect();
      restyled.disconnect();
    };
  }, []);
}
