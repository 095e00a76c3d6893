import { type Summary, instant } from "../../core/api";
import { type Quantity, NONE, count, duration, durationText, latency, percent, plural, rate as perSecond, text } from "../../core/format";
import { spoken, spokenText } from "../../core/spoken";
import { type Term, parseTerms } from "../../core/filter";
import { texts } from "../../core/language";
import { isOff } from "../../live";
import { type Last, LAST_WORDS } from "../../core/range";
import { showCounted } from "../../past";
import { type Figure, oldestWait, peak, rate, series, summary, summaryFresh } from "../../summary";
import { Icon } from "../../ui/icon";
import { Said } from "../../ui/said";
import { Spark } from "../../ui/spark";

const t = texts({
  en: {
    figures: "Key figures", attempts: "Attempts", peak: (rate: string) => `Peak ${rate}`, success: "Success",
    p95: "P95", latency: "latency", retrying: "Retrying", failed: "Failed", oldest: "Oldest", pending: "pending", now: "now",
    showAll: "Show all attempts", filterBy: (filter: string) => `Filter by ${filter}`, attemptsFailed: (n: number) => `${plural(n, "attempt")} failed`, noAttempts: "No attempts",
    circuitOpen: "Held: circuit open", held: "Held", waiting: (n: number) => plural(n, "delivery waiting", "deliveries waiting"), nothingWaits: "Nothing waits",
    noneDue: "None due", nextNow: "Next now", nextIn: (time: string) => `Next in ${time}`, atEndpoints: (n: number) => `Deliveries at ${plural(n, "endpoint")}`, noEndpoint: "No deliveries",
  },
  es: {
    figures: "Cifras clave", attempts: "Intentos", peak: (rate: string) => `Máximo ${rate}`, success: "Éxito",
    p95: "P95", latency: "de latencia", retrying: "Reintentos", failed: "Fallidas", oldest: "Espera", pending: "mayor", now: "ahora",
    showAll: "Mostrar todos los intentos", filterBy: (filter: string) => `Filtrar por ${filter}`, attemptsFailed: (n: number) => plural(n, "intento fallido", "intentos fallidos"), noAttempts: "Sin intentos",
    circuitOpen: "Retenida: circuito abierto", held: "Retenida", waiting: (n: number) => plural(n, "entrega en espera", "entregas en espera"), nothingWaits: "Nada espera",
    noneDue: "Ninguno previsto", nextNow: "Próximo: ahora", nextIn: (time: string) => `Próximo en ${time}`, atEndpoints: (n: number) => `Entregas en ${plural(n, "destino")}`, noEndpoint: "Ninguna entrega",
  },
});

const NOTHING: Quantity[] = [{ value: NONE, unit: "" }];

/** The six key figures. One that has a filter for what it counts is a button that sets it. */
export function Figures() {
  const figures = summary.value;
  return (
    <div class={`figs${isOff.value || summaryFresh.value.problem !== null ? " is-off" : ""}`} role="group" aria-label={t.figures}>
      <Cell name="rate" label={t.attempts} period={t.now} value={[{ value: perSecond(rate.value), unit: "/s" }]} under={t.peak(perSecond(peak.value))} tone="" filter="" />
      <Success figures={figures} />
      <Cell name="p95" label={t.p95} rest={t.latency} period="5 min" value={figures ? [latency(figures.p95_ms)] : NOTHING} under={figures ? `P50 ${text(latency(figures.p50_ms))}` : ""} tone="" />
      <Cell name="retrying" label={t.retrying} period={t.now} value={counted(figures?.retrying)} under={nextRetry(figures)} tone="retrying" filter="status:retrying" />
      <Cell name="failed" label={t.failed} period={LAST_WORDS["1h"]} within="1h" value={counted(figures?.failed_1h)} under={failedWhere(figures)} tone="failed" filter="status:failed" />
      <Oldest figures={figures} />
    </div>
  );
}

interface CellProps {
  name: Figure;
  label: string;
  /** What of the label goes where there is little room. */
  rest?: string;
  /** What time the figure is of. */
  period: string;
  value: Quantity[];
  under: string;
  tone: string;
  warn?: boolean;
  /** The terms that show what is counted; an empty text clears the filter. */
  filter?: string;
  /** How far back the history holds what is counted; without it that is looked for in the feed. */
  within?: Last;
}

function Cell({ name: figure, label, rest, period, value, under, tone, warn = false, filter, within }: CellProps) {
  const name = `${[label, rest].filter(Boolean).join(" ")}, ${period}`;
  const content = (
    <>
      <span class="fl"><Said written={name} said={spokenText(name)}>{label}{rest && <span class="rest"> {rest}</span>}, {period}</Said></span>
      <span class="fv"><Said written={value.map(text).join(" ")} said={spoken(value)}>{value.map(({ value: n, unit }) => <span key={unit}>{n}{unit && <small>{unit}</small>}</span>)}</Said></span>
      <span class="fs">{warn && <Icon name="warn" size={12} />}<Said written={under} said={spokenText(under)} /></span>
      <Spark series={series.value[figure]} tone={tone} />
    </>
  );
  const look = `fig${warn ? " warn" : ""}`;
  if (filter === undefined) return <div class={look}>{content}</div>;
  const wanted: Term[] = parseTerms(filter);
  const title = wanted.length === 0 ? t.showAll : t.filterBy(filter);
  return <button type="button" class={look} title={title} onClick={() => showCounted(wanted, within ?? null)}>{content}</button>;
}

/** Below this share the figure asks to be looked at. */
const SUCCESS_WARNS_BELOW = 0.99;

function Success({ figures }: { figures: Summary | null }) {
  const attempts = figures?.attempts_5m ?? 0;
  const failed = figures?.failed_attempts_5m ?? 0;
  const value = attempts > 0 ? [{ value: percent(attempts - failed, attempts), unit: "%" }] : NOTHING;
  const under = attempts > 0 ? t.attemptsFailed(failed) : t.noAttempts;
  const warn = attempts > 0 && 1 - failed / attempts < SUCCESS_WARNS_BELOW;
  return <Cell name="success" label={t.success} period="5 min" value={value} under={figures ? under : ""} tone="" warn={warn} filter="-outcome:success" />;
}

function Oldest({ figures }: { figures: Summary | null }) {
  const waited = figures && oldestWait(figures);
  const held = figures?.oldest_pending_held;
  const why = held === "circuit" ? t.circuitOpen : held ? t.held : figures ? t.waiting(figures.waiting ?? 0) : "";
  const value = waited === null ? NOTHING : duration(Math.round(waited / 1_000) * 1_000);
  return <Cell name="oldest" label={t.oldest} rest={t.pending} period={t.now} value={value} under={waited === null && figures ? t.nothingWaits : why} tone="held" filter={held ? "status:held" : "status:retrying status:held"} {...(held ? { within: "24h" as const } : {})} />;
}

function counted(n: number | null | undefined): Quantity[] {
  return n === null || n === undefined ? NOTHING : [{ value: count(n), unit: "" }];
}

function nextRetry(figures: Summary | null): string {
  if (!figures) return "";
  const at = instant(figures.next_retry_at);
  if (at === null) return t.noneDue;
  const ms = at - instant(figures.now)!;
  return ms <= 0 ? t.nextNow : t.nextIn(durationText(ms < 10_000 ? Math.ceil(ms / 100) * 100 : ms));
}

function failedWhere(figures: Summary | null): string {
  if (!figures) return "";
  return figures.failed_1h ? t.atEndpoints(figures.failed_1h_endpoints ?? 0) : t.noEndpoint;
}
