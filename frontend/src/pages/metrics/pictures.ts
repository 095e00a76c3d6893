/** The five panels that are charts, each as a function of the history. */
import { type Series, failed, highest, lowest, newest, perMinute, successShares, sum } from "../../core/chart-panels";
import { scaleFromZero, scaleOfShares } from "../../core/chart-scale";
import { areaPath, barsPath, linePath, stacked } from "../../core/chart-shapes";
import { NONE, decimal } from "../../core/format";
import type { History, Measured } from "../../core/history";
import { statusTone } from "../../core/status-tones";
import type { Dash, Shape, Tone } from "../../ui/chart";
import type { LegendEntry } from "../../ui/chart-legend";
import type { Picture } from "./panel";
import type { Focus } from "./state";
import { PER_MINUTE, countWords, ratesLike, seriesWords, shareWords, t, ticksLike, timeUnitFor, waitWords } from "./words";

/** The objective the alerts hold deliveries to, and the latency from which on they complain. */
const TARGET = 99.5;
const ALERT_MS = 5_000;
/** Far below it the line would only press the others down. */
const ALERT_SHOWN_FROM_MS = 1_000;

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
  const scale = scaleOfShares(lowest(shares));
  const words = ({ span }: Focus) => shareWords(sum(good, span), sum(history.attempts, span));
  return {
    title: t.success.title, unit: () => t.success.unit, figure: words,
    legend: (focus) => [
      { key: "success", label: t.success.series, value: words(focus), mark: { tone: 2, dash: "solid" } },
      { key: "target", label: t.success.target, ...toTarget(words(focus)), mark: "limit" },
    ],
    columns: [
      { key: "success", label: `${t.success.series} %`, cell: (i) => (history.attempts[i] === 0 ? "" : shareWords(good[i]!, history.attempts[i]!).replace(" %", "")) },
      { key: "attempts", label: t.success.attempts, cell: (i) => String(history.attempts[i]) },
      { key: "failed", label: t.success.failed, cell: (i) => String(history.attempts[i]! - good[i]!) },
    ],
    scale, tickWords: ticksLike(scale), limit: { value: TARGET, words: "" },
    ...lines([{ key: "success", label: t.success.series, values: shares, tone: 2, dash: "solid" }], scale),
  };
}

/** "−10.1": of the figure as it is written, so that both agree. */
function toTarget(share: string): Pick<LegendEntry, "value" | "unit"> {
  const apart = parseFloat(share.replace(",", ".")) - TARGET;
  return Number.isNaN(apart) ? { value: "" } : { value: `${apart < 0 ? "−" : "+"}${decimal(Math.abs(apart), 1)}`, unit: t.success.points };
}

export function failuresPicture(history: History, series: readonly Series[]): Picture {
  return stackPicture(history, series, failed(history), t.failed.title, t.failed.unit);
}

export function retriesPicture(history: History, series: readonly Series[]): Picture {
  const all = history.at.map((_, i) => Object.values(history.retries).reduce((total, counts) => total + counts[i]!, 0));
  return stackPicture(history, series, all, t.retries.title, t.retries.unit);
}

function stackPicture(history: History, series: readonly Series[], all: readonly number[], title: string, unit: string): Picture {
  const rate = (values: readonly number[], { span }: Focus) => perMinute(sum(values, span), span.to - span.from, history.step);
  const wordsAt = (focus: Focus) => ratesLike([all, ...series.map(({ values }) => values)].map((values) => rate(values, focus)));
  const layers = stacked(series.map(({ values }) => values.map((n) => perMinute(n, 1, history.step))));
  const tops = layers.at(-1);
  const scale = scaleFromZero(tops ? highest(tops.values.map((n, i) => n + tops.below[i]!)) : 0, { whole: true });
  return {
    title, unit: ({ on }) => (on === "cursor" ? unit : `${unit}, ${t.mean}`), figure: (focus) => wordsAt(focus)(rate(all, focus)),
    legend: (focus) => {
      const words = wordsAt(focus);
      return series.map(({ key, values }) => ({ key, label: seriesWords(key), value: words(rate(values, focus)), unit: PER_MINUTE, mark: { tone: statusTone(key) } }));
    },
    columns: series.map(({ key, values }) => ({ key, label: seriesWords(key), cell: (i) => String(values[i]) })),
    scale, tickWords: ticksLike(scale), dots: () => [],
    shapes: (plot) => layers.map(({ values, below }, i): Shape => ({ key: series[i]!.key, kind: "bars", tone: statusTone(series[i]!.key), d: barsPath(values, below, scale, plot) })),
  };
}

export function latencyPicture({ latency }: History): Picture {
  const mostMs = Math.max(...[latency.p95, latency.p99, latency.p50].map(highest));
  const { unit, ms: each, name, words } = timeUnitFor(mostMs);
  const inUnit = (values: Measured) => values.map((ms) => (ms === null ? null : ms / each));
  const all: (Line & { ms: Measured })[] = [
    { key: "p95", label: "P95", ms: latency.p95, values: inUnit(latency.p95), tone: 2, dash: "solid" },
    { key: "p99", label: "P99", ms: latency.p99, values: inUnit(latency.p99), tone: 1, dash: "dotted" },
    { key: "p50", label: "P50", ms: latency.p50, values: inUnit(latency.p50), tone: 5, dash: "dashed" },
  ];
  const alertShown = mostMs >= ALERT_SHOWN_FROM_MS;
  const scale = scaleFromZero((alertShown ? Math.max(mostMs, ALERT_MS) : mostMs) / each);
  const valueAndUnit = (ms: number | null) => (ms === null ? { value: NONE } : { value: words(ms), unit });
  const far: LegendEntry[] = alertShown ? [] : [{ key: "alert", label: t.latency.alertShort, ...valueAndUnit(ALERT_MS), mark: null }];
  return {
    title: t.latency.title, unit: ({ on }) => (on === "cursor" ? name : `${name}, ${t.newest}`),
    figure: ({ span }) => written(valueAndUnit(newest(latency.p95, span))),
    legend: ({ span }) => [...all.map(({ key, label, ms, tone, dash }): LegendEntry => ({ key, label, ...valueAndUnit(newest(ms, span)), mark: { tone, dash } })), ...far],
    columns: all.map(({ key, label, ms }) => ({ key, label: `${label} ms`, cell: (i) => String(ms[i] ?? "") })),
    scale, tickWords: ticksLike(scale), limit: { value: ALERT_MS / each, words: t.latency.alert }, ...lines(all, scale),
  };
}

function written({ value, unit }: { value: string; unit?: string }): string {
  return unit === undefined ? value : `${value} ${unit}`;
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
    columns: [...all.map(({ key, label, values }) => ({ key, label, cell: (i: number) => String(values[i] ?? "") })), { key: "oldest", label: t.backlog.oldest, cell: (i) => (backlog.oldest_pending_at[i] == null ? "" : oldest(i)) }],
    scale, tickWords: ticksLike(scale), dots,
    shapes: (plot) => [{ key: "waiting", kind: "area", tone: 2, d: areaPath(backlog.waiting, scale, plot) }, ...shapes(plot)],
  };
}

function lines(all: readonly Line[], scale: Picture["scale"]): Pick<Picture, "shapes" | "dots"> {
  return {
    shapes: (plot) => all.map(({ key, values, tone, dash }): Shape => ({ key, kind: "line", tone, dash, d: linePath(values, scale, plot) })),
    dots: (index) => all.map(({ values, tone }) => ({ value: values[index] ?? null, tone })),
  };
}
