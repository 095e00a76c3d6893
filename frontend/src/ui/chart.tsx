import type { Signal } from "@preact/signals";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Scale } from "../core/chart-scale";
import { type Plot, xOf, yOf } from "../core/chart-shapes";
import { type Steps, extentOf, indexOf, timeTicks, wordsOf } from "../core/chart-time";
import type { StatusTone } from "../core/status-tones";
import { type ChartState, Slider } from "./chart-slider";

export type Tone = 1 | 2 | 3 | 4 | 5 | StatusTone;
export type Dash = "solid" | "dotted" | "dashed";
export type Shape = { key: string; tone: Tone; d: string } & ({ kind: "line"; dash: Dash } | { kind: "area" | "bars" });

interface Props {
  label: string;
  state: ChartState;
  steps: Steps;
  scale: Scale;
  tickWords: (value: number) => string;
  /** Must stay the same function while what it draws does. */
  shapes: (plot: Plot) => Shape[];
  highlighted: Signal<string | null>;
  /** A line that the values are held against. */
  limit?: { value: number; words: string };
  /** What is marked where the cursor crosses a line. */
  dots: (index: number) => { value: number | null; tone: Tone }[];
  /** What a screen reader says of a step. */
  spoken: (index: number) => string;
}

/** A wide chart is higher, too, or its lines would lie flat. */
const HEIGHT = { least: 246, most: 340, ofWidth: 0.45 };
const TOP = 21;
const BOTTOM = 23;
const RIGHT = 8;
const LETTER = 6.4;
const TIME_LABEL_ROOM = 64;

export function Chart(props: Props) {
  const { scale, steps, tickWords } = props;
  const root = useRef<HTMLDivElement>(null);
  const width = useWidth(root);
  const height = Math.round(Math.min(HEIGHT.most, Math.max(HEIGHT.least, width * HEIGHT.ofWidth)));
  const left = Math.max(30, Math.round(12 + LETTER * Math.max(...scale.ticks.map((tick) => tickWords(tick).length))));
  const plot = useMemo<Plot>(() => ({ left, top: TOP, width: Math.max(1, width - left - RIGHT), height: height - TOP - BOTTOM, steps: steps.at.length }), [left, width, steps.at.length]);
  return (
    <div class="chart-box" ref={root}>
      {width > 0 && (
        <Slider {...props} plot={plot}>
          <svg class="chart" width={width} height={height} aria-hidden="true">
            <Axes {...props} plot={plot} />
            <Shapes {...props} plot={plot} />
            <Selected {...props} plot={plot} />
            <Cursor {...props} plot={plot} />
          </svg>
        </Slider>
      )}
    </div>
  );
}

type Parts = Props & { plot: Plot };

function Axes({ plot, scale, steps, tickWords, limit }: Parts) {
  const [begin, end] = extentOf(steps);
  const base = plot.top + plot.height;
  const x = (at: number) => plot.left + ((at - begin) / (end - begin)) * plot.width;
  return (
    <>
      {scale.ticks.map((tick) => <g key={tick}><path class="grid-line" d={`M${plot.left} ${yOf(tick, scale, plot)}h${plot.width}`} /><text x={plot.left - 8} y={yOf(tick, scale, plot) + 4} text-anchor="end">{tickWords(tick)}</text></g>)}
      {timeTicks(begin, end, plot.width / TIME_LABEL_ROOM).map(({ at, words }) => <text key={at} x={x(at)} y={base + 17} text-anchor="middle">{words}</text>)}
      {limit && limit.value <= scale.high && limit.value >= scale.low && (
        <>
          <path class="limit" d={`M${plot.left} ${yOf(limit.value, scale, plot)}h${plot.width}`} />
          {limit.words && <text class="limit-words" x={plot.left + plot.width} y={yOf(limit.value, scale, plot) - 5} text-anchor="end">{limit.words}</text>}
        </>
      )}
    </>
  );
}

function Shapes({ plot, shapes, highlighted }: Parts) {
  const drawn = useMemo(() => shapes(plot), [shapes, plot]);
  const bright = highlighted.value;
  return <g class={bright === null ? undefined : "has-bright"}>{drawn.map((shape) => <path key={`${shape.kind} ${shape.key}`} class={`s${shape.tone} is-${shape.kind}${shape.kind === "line" ? ` ${shape.dash}` : ""}${shape.key === bright ? " bright" : ""}`} d={shape.d} />)}</g>;
}

function Selected({ plot, state, steps }: Parts) {
  const selection = state.selection.value;
  if (selection === null) return null;
  const [begin, end] = extentOf(steps);
  const place = (at: number) => plot.left + ((Math.min(end, Math.max(begin, at)) - begin) / (end - begin)) * plot.width;
  const [from, to] = [place(selection.from), place(selection.to)];
  if (from === to) return null;
  return <><rect class="range" x={from} y={plot.top} width={to - from} height={plot.height} /><path class="range-edge" d={`M${from} ${plot.top}v${plot.height}M${to} ${plot.top}v${plot.height}`} /></>;
}

function Cursor({ plot, scale, state, steps, dots }: Parts) {
  const index = indexOf(state.cursor.value, steps);
  if (index === null) return null;
  const x = xOf(index, plot);
  const words = wordsOf(index, steps);
  const room = words.length * LETTER + 12;
  const label = Math.min(Math.max(x, room / 2), plot.left + plot.width + RIGHT - room / 2);
  return (
    <>
      <path class="cursor" d={`M${x} ${plot.top - 2}V${plot.top + plot.height}`} />
      <rect class="cursor-box" x={label - room / 2} y="0" width={room} height="17" rx="3" /><text class="cursor-words" x={label} y="12.5" text-anchor="middle">{words}</text>
      {dots(index).map(({ value, tone }) => value !== null && <circle key={tone} class={`cross s${tone}`} cx={x} cy={yOf(value, scale, plot)} r="3.5" />)}
    </>
  );
}

function useWidth(element: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
    observer.observe(element.current!);
    return () => observer.disconnect();
  }, []);
  return width;
}
