/** What is drawn of a series, as the `d` of one SVG path each: a step more is a few letters more, not an element. */
import { type Scale, placeOf } from "./chart-scale";

/** null: nothing was measured in that step. */
export type Values = readonly (number | null)[];

/** Where the plot lies; `x` of a step is its middle. */
export interface Plot {
  left: number;
  top: number;
  width: number;
  height: number;
  steps: number;
}

export function xOf(index: number, plot: Plot): number {
  return round(plot.left + ((index + 0.5) * plot.width) / plot.steps);
}

export function yOf(value: number, scale: Scale, plot: Plot): number {
  return round(plot.top + (1 - placeOf(value, scale)) * plot.height);
}

/** The step at a place, the outermost one beyond the edges. */
export function stepAt(x: number, plot: Plot): number {
  return Math.max(0, Math.min(plot.steps - 1, Math.floor(((x - plot.left) / plot.width) * plot.steps)));
}

/** A line with a gap where nothing was measured; a step alone between gaps is a short dash. */
export function linePath(values: Values, scale: Scale, plot: Plot): string {
  return runsOf(values).map(({ from, to }) => {
    if (to - from === 1) return `M${round(xOf(from, plot) - 1.5)} ${yOf(values[from]!, scale, plot)}h3`;
    return `M${pointsOf(values, from, to, scale, plot)}`;
  }).join("");
}

export function areaPath(values: Values, scale: Scale, plot: Plot): string {
  const base = plot.top + plot.height;
  return runsOf(values).map(({ from, to }) => `M${xOf(from, plot)} ${base}L${pointsOf(values, from, to, scale, plot)}V${base}Z`).join("");
}

/** Bars from `below` to `below + values`, with a hairline between them and between the layers as long as there is room. */
export function barsPath(values: readonly number[], below: readonly number[], scale: Scale, plot: Plot): string {
  const whole = plot.width / plot.steps;
  const width = round(Math.max(0.75, whole - (whole >= 3 ? 1 : 0)));
  let path = "";
  for (const [i, value] of values.entries()) {
    if (value === 0) continue;
    const base = yOf(below[i]!, scale, plot);
    const rise = base - yOf(below[i]! + value, scale, plot);
    const gap = below[i]! > 0 && rise >= 3 ? 1 : 0;
    const bottom = round(base - gap);
    const height = Math.max(0.5, round(rise - gap));
    path += `M${round(plot.left + i * whole + (whole - width) / 2)} ${bottom}v-${height}h${width}v${height}z`;
  }
  return path;
}

export interface Layer {
  values: readonly number[];
  below: readonly number[];
}

/** Each series on top of those before it. */
export function stacked(series: readonly (readonly number[])[]): Layer[] {
  let below = series[0]?.map(() => 0) ?? [];
  return series.map((values) => {
    const layer = { values, below };
    below = below.map((sum, i) => sum + values[i]!);
    return layer;
  });
}

function pointsOf(values: Values, from: number, to: number, scale: Scale, plot: Plot): string {
  let points = "";
  for (let i = from; i < to; i += 1) points += `${i === from ? "" : "L"}${xOf(i, plot)} ${yOf(values[i]!, scale, plot)}`;
  return points;
}

/** The stretches without a gap. */
function runsOf(values: Values): { from: number; to: number }[] {
  const runs: { from: number; to: number }[] = [];
  for (const [i, value] of values.entries()) {
    if (value === null) continue;
    const last = runs.at(-1);
    if (last?.to === i) last.to = i + 1;
    else runs.push({ from: i, to: i + 1 });
  }
  return runs;
}

function round(n: number): number {
  return Math.round(n * 10) / 10;
}
