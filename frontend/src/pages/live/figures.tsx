import type { ComponentChildren } from "preact";
import { type Summary, instant } from "../../core/api";
import { type Quantity, NONE, count, duration, durationText, latency, percent, plural, rate as perSecond, text } from "../../core/format";
import { type Term, parseTerms } from "../../core/filter";
import { filterBy } from "../../navigation";
import { type Figure, oldestWait, peak, rate, series, summary } from "../../summary";
import { Icon } from "../../ui/icon";
import { Spark } from "../../ui/spark";

const NOTHING: Quantity[] = [{ value: NONE, unit: "" }];

/** The six key figures. One that has a filter for what it counts is a button that sets it. */
export function Figures() {
  const figures = summary.value;
  return (
    <div class="figs" role="group" aria-label="Key figures">
      <Cell name="rate" label="Attempts" value={[{ value: perSecond(rate.value), unit: "/s" }]} under={`Peak ${perSecond(peak.value)}`} tone="" filter="" />
      <Success figures={figures} />
      <Cell name="p95" label="P95 latency" value={figures ? [latency(figures.p95_ms)] : NOTHING} under={figures ? `P50 ${text(latency(figures.p50_ms))}` : ""} tone="" />
      <Cell name="retrying" label="Retrying now" value={counted(figures?.retrying)} under={nextRetry(figures)} tone="retrying" filter="status:retrying" />
      <Cell name="failed" label="Failed, 1 h" value={counted(figures?.failed_1h)} under={failedWhere(figures)} tone="failed" filter="status:failed" />
      <Oldest figures={figures} />
    </div>
  );
}

interface CellProps {
  name: Figure;
  label: string;
  value: Quantity[];
  under: ComponentChildren;
  tone: string;
  warn?: boolean;
  /** The terms that show what is counted; an empty text clears the filter. */
  filter?: string;
}

function Cell({ name, label, value, under, tone, warn = false, filter }: CellProps) {
  const content = (
    <>
      <span class="fl">{label}</span>
      <span class="fv">{value.map(({ value: figure, unit }) => <span key={unit}>{figure}{unit && <small>{unit}</small>}</span>)}</span>
      <span class="fs">{warn && <Icon name="warn" size={12} />}{under}</span>
      <Spark series={series.value[name]} tone={tone} />
    </>
  );
  const look = `fig${warn ? " warn" : ""}`;
  if (filter === undefined) return <div class={look}>{content}</div>;
  const wanted: Term[] = parseTerms(filter);
  const title = wanted.length === 0 ? "Show all attempts" : `Filter by ${filter}`;
  return <button type="button" class={look} title={title} onClick={() => filterBy(wanted)}>{content}</button>;
}

/** Below this share the figure asks to be looked at. */
const SUCCESS_WARNS_BELOW = 0.99;

function Success({ figures }: { figures: Summary | null }) {
  const attempts = figures?.attempts_5m ?? 0;
  const failed = figures?.failed_attempts_5m ?? 0;
  const value = attempts > 0 ? [{ value: percent(attempts - failed, attempts), unit: "%" }] : NOTHING;
  const under = attempts > 0 ? `${count(failed)} failed` : "No attempts";
  const warn = attempts > 0 && 1 - failed / attempts < SUCCESS_WARNS_BELOW;
  return <Cell name="success" label="Success, 5 min" value={value} under={figures ? under : ""} tone="" warn={warn} filter="-outcome:success" />;
}

function Oldest({ figures }: { figures: Summary | null }) {
  const waited = figures && oldestWait(figures);
  const held = figures?.oldest_pending_held;
  const why = held === "circuit" ? "Held: circuit open" : held ? "Held" : figures ? `${plural(figures.waiting ?? 0, "waits", "wait")}` : "";
  const value = waited === null ? NOTHING : duration(Math.round(waited / 1_000) * 1_000);
  return <Cell name="oldest" label="Oldest pending" value={value} under={waited === null && figures ? "Nothing waits" : why} tone="held" filter={held ? "status:held" : "status:retrying status:held"} />;
}

function counted(n: number | null | undefined): Quantity[] {
  return n === null || n === undefined ? NOTHING : [{ value: count(n), unit: "" }];
}

function nextRetry(figures: Summary | null): string {
  if (!figures) return "";
  const at = instant(figures.next_retry_at);
  if (at === null) return "None due";
  const ms = at - instant(figures.now)!;
  return ms <= 0 ? "Next now" : `Next in ${durationText(ms < 10_000 ? Math.ceil(ms / 100) * 100 : ms)}`;
}

function failedWhere(figures: Summary | null): string {
  if (!figures) return "";
  return figures.failed_1h ? `at ${plural(figures.failed_1h_endpoints ?? 0, "endpoint")}` : "No endpoint";
}
