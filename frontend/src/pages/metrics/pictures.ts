/** The five panels that are charts, each as a function of the history. */
import { type Series, failed, highest, lowest, newest, perMinute, successShares, sum } from "../../core/chart-panels";
import { scaleFromZero, scaleOfShares } from "../../core/chart-scale";
import { areaPath, barsPath, linePath, stacked } from "../../core/chart-shapes";
import { count, decimal } from "../../core/format";
import type { History, Measured } from "../../core/history";
import type { Dash, Shape, Tone } from "../../ui/chart";
import type { LegendEntry } from "../../ui/chart-legend";
import type { Picture } from "./panel";
import type { Focus } from "./state";
import { countWords, perMinuteWords, secondsWords, seriesWords, shareWords, t, waitWords } from "./words";

/** The objective the alerts hold deliveries to, and the latency from which on they complain. */
const TARGET = 99.5;
const ALERT_SECONDS = 5;
/** Far below it the line would only press the others down. */
const ALERT_SHOWN_FROM = 1;
/** Of a stack, by place. The largest is vermilion, timeouts are magenta wherever they are. */
export const STACK_TONES: readonly Tone[] = [1, 4, 3, 5, 2];
export const FIRST_PLACES: readonly string[] = ["", "timeout"];

interface Line {
  key: string;
  label: string;
  values: Measured;
  tone: Tone;
  dash: Dash;
}

export function successPicture(history: History): Picture {
  const shares = successShares(history);
  const good = history.outcomes["success"] ?? history.at.map(() => 0);
  const words = ({ span }: Focus) => shareWords(sum(good, span), sum(history.attempts, span));
  return {
    title: t.success.title, unit: () => t.success.unit, figure: words,
    legend: (focus) => [
      { key: "success", label: t.success.series, value: words(focus), mark: { tone: 2, dash: "solid" } },
      { key: "target", label: t.success.target, value: toTarget(words(focus)), mark: "limit" },
    ],
    columns: [
      { key: "success", label: `${t.success.series} %`, cell: (i) => shareWords(good[i]!, history.attempts[i]!).replace(" %", "") },
      { key: "attempts", label: t.success.attempts, cell: (i) => String(history.attempts[i]) },
      { key: "failed", label: t.success.failed, cell: (i) => String(history.attempts[i]! - good[i]!) },
    ],
    scale: scaleOfShares(lowest(shares)), tickWords: count, limit: { value: TARGET, words: "" },
    ...lines([{ key: "success", label: t.success.series, values: shares, tone: 2, dash: "solid" }], scaleOfShares(lowest(shares))),
  };
}

/** "−10.1": of the figure as it is written, so that both agree. */
function toTarget(share: string): string {
  const apart = parseFloat(share.replace(",", ".")) - TARGET;
  return Number.isNaN(apart) ? "" : `${apart < 0 ? "−" : "+"}${decimal(Math.abs(apart), 1)}`;
}

export function failuresPicture(history: History, series: readonly Series[]): Picture {
  return stackPicture(history, series, failed(history), t.failed.title, t.failed.unit);
}


export function retriesPicture(history: History, series: readonly Series[]): Picture {
  const all = history.at.map((_, i) => Object.values(history.retries).reduce((total, counts) => total + counts[i]!, 0));
  return stackPicture(history, series, all, t.retries.title, t.retries.unit);
}

function stackPicture(history: History, series: readonly Series[], all: readonly number[], title: string, unit: string): Picture {
  const words = (values: readonly number[], { span }: Focus) => perMinuteWords(perMinute(sum(values, span), span.to - span.from, history.step));
  const layers = stacked(series.map(({ values }) => values.map((n) => perMinute(n, 1, history.step))));
  const tops = layers.at(-1);
  const scale = scaleFromZero(tops ? highest(tops.values.map((n, i) => n + tops.below[i]!)) : 0, { whole: true });
  return {
    title, unit: ({ on }) => (on === "cursor" ? unit : `${unit}, ${t.mean}`), figure: (focus) => words(all, focus),
    legend: (focus) => series.map(({ key, values, place }) => ({ key, label: seriesWords(key), value: words(values, focus), mark: { tone: STACK_TONES[place]! } })),
    columns: series.map(({ key, values }) => ({ key, label: seriesWords(key), cell: (i) => String(values[i]) })),
    scale, tickWords: count, dots: () => [],
    shapes: (plot) => layers.map(({ values, below }, i): Shape => ({ key: series[i]!.key, kind: "bars", tone: STACK_TONES[series[i]!.place]!, d: barsPath(values, below, scale, plot) })),
  };
}

export function latencyPicture({ latency }: History): Picture {
  const inSeconds = (values: Measured) => values.map((ms) => (ms === null ? null : ms / 1_000));
  const all: Line[] = [
    { key: "p95", label: "P95", values: inSeconds(latency.p95), tone: 2, dash: "solid" },
    { key: "p99", label: "P99", values: inSeconds(latency.p99), tone: 1, dash: "dotted" },
    { key: "p50", label: "P50", values: inSeconds(latency.p50), tone: 5, dash: "dashed" },
  ];
  const most = Math.max(...all.map(({ values }) => highest(values)));
  const scale = scaleFromZero(most >= ALERT_SHOWN_FROM ? Math.max(most, ALERT_SECONDS) : most);
  const ms = { p95: latency.p95, p99: latency.p99, p50: latency.p50 } as Record<string, Measured>;
  const far: LegendEntry[] = most >= ALERT_SHOWN_FROM ? [] : [{ key: "alert", label: t.latency.alertShort, value: `${ALERT_SECONDS} s`, mark: null }];
  return {
    title: t.latency.title, unit: ({ on }) => (on === "cursor" ? t.latency.unit : `${t.latency.unit}, ${t.newest}`), figure: ({ span }) => secondsWords(newest(latency.p95, span)),
    legend: ({ span }) => [...all.map(({ key, label, tone, dash }): LegendEntry => ({ key, label, value: secondsWords(newest(ms[key]!, span)), mark: { tone, dash } })), ...far],
    columns: all.map(({ key, label }) => ({ key, label: `${label} ms`, cell: (i) => String(ms[key]![i] ?? "") })),
    scale, tickWords: count, limit: { value: ALERT_SECONDS, words: t.latency.alert }, ...lines(all, scale),
  };
}

export function backlogPicture(backlog: NonNullable<History["backlog"]>, { at, until, step }: History): Picture {
  const all: Line[] = [
    { key: "waiting", label: t.backlog.waiting, values: backlog.waiting, tone: 2, dash: "solid" },
    { key: "held", label: t.backlog.held, values: backlog.held, tone: 4, dash: "dashed" },
    { key: "retrying", label: t.backlog.retrying, values: backlog.retrying, tone: 3, dash: "dotted" },
  ];
  const scale = scaleFromZero(Math.max(...all.map(({ values }) => highest(values))), { whole: true });
  // A sample is as old as its step's end at most.
  const oldest = (index: number) => waitWords(backlog.oldest_pending_at[index] ?? null, Math.min(until, at[index]! + step * 1_000));
  const measured = (span: Focus["span"]) => backlog.waiting.findLastIndex((value, i) => value !== null && i >= span.from && i < span.to);
  const { shapes, dots } = lines(all, scale);
  return {
    title: t.backlog.title, unit: ({ on }) => (on === "cursor" ? t.backlog.unit : `${t.backlog.unit}, ${t.newest}`), figure: ({ span }) => countWords(newest(backlog.waiting, span)),
    legend: ({ span }) => [
      ...all.map(({ key, label, values, tone, dash }): LegendEntry => ({ key, label, value: countWords(newest(values, span)), mark: { tone, dash } })),
      { key: "oldest", label: t.backlog.oldest, value: measured(span) < 0 ? waitWords(null, 0) : oldest(measured(span)), mark: null },
    ],
    columns: [...all.map(({ key, label, values }) => ({ key, label, cell: (i: number) => String(values[i] ?? "") })), { key: "oldest", label: t.backlog.oldest, cell: oldest }],
    scale, tickWords: count, dots,
    shapes: (plot) => [{ key: "waiting", kind: "area", tone: 2, d: areaPath(backlog.waiting, scale, plot) }, ...shapes(plot)],
  };
}

function lines(all: readonly Line[], scale: Picture["scale"]): Pick<Picture, "shapes" | "dots"> {
  return {
    shapes: (plot) => all.map(({ key, values, tone, dash }): Shape => ({ key, kind: "line", tone, dash, d: linePath(values, scale, plot) })),
    dots: (index) => all.map(({ values, tone }) => ({ value: values[index] ?? null, tone })),
  };
}
