import { NONE, clock, latency, milliseconds, plural } from "../../core/format";
import { texts } from "../../core/language";
import { type AttemptRow, endedAt } from "../../core/protocol";
import { reasonOf } from "../../core/reason";
import { statusOf } from "../../core/status";
import type { Entry } from "../../live";
import { addressOf } from "../../navigation";
import { endpointOf } from "../../subscriptions";
import { StatusMark } from "../../ui/status";

const t = texts({
  en: {
    filled: (n: number, from: string, to: string) => <>Gap filled: <b>{plural(n, "attempt")}</b>, {from} to {to}</>,
    missed: (n: number, why: string) => <><b>{plural(n, "attempt")}</b> missed{why}</>,
    restarted: (from: string, to: string) => <>The feed started anew at {to}: <b>attempts since {from} may be missing</b>, how many is not known.</>, inHistory: "Open in history",
    why: {
      expired: ": they left the feed's log.",
      slow: ": this page was too slow.",
      unlogged: ": they never reached the feed's log.",
    },
  },
  es: {
    filled: (n: number, from: string, to: string) => <>Hueco completado: <b>{plural(n, "intento")}</b>, de {from} a {to}</>,
    missed: (n: number, why: string) => <>{n === 1 ? "Falta" : "Faltan"} <b>{plural(n, "intento")}</b>{why}</>,
    restarted: (from: string, to: string) => <>El flujo empezó de nuevo a las {to}: <b>pueden faltar intentos desde las {from}</b>, no se sabe cuántos.</>, inHistory: "Abrir en el historial",
    why: {
      expired: ": salieron del registro del flujo.",
      slow: ": esta página fue demasiado lenta.",
      unlogged: ": no llegaron al registro del flujo.",
    },
  },
});

interface Place {
  /** The entry's number in the ring. */
  number: number;
  rowIndex: number;
  isSelected: boolean;
}

/** `data-filter` marks the values a click filters by; the grid listens for all its rows at once. */
export function Row({ row, number, rowIndex, isSelected }: Place & { row: AttemptRow }) {
  const status = statusOf(row);
  const { host, path } = endpointOf(row.subscriptionId);
  const { outcome, words } = reasonOf(row);
  const { value, unit } = latency(row.durationMs);
  const at = endedAt(row);
  return (
    <div class={`row r-${status}${isSelected ? " sel" : ""}`} role="row" id={`row-${number}`} aria-rowindex={rowIndex} aria-selected={isSelected} data-number={number}>
      <span class="c-time" role="gridcell">{clock(at)}<i>{milliseconds(at)}</i></span>
      <span class="c-st" role="gridcell"><span data-filter="status"><StatusMark status={status} /></span></span>
      <span class="c-ev" role="gridcell"><span data-filter="event">{row.event}</span></span>
      <span class="c-ep" role="gridcell" title={host + path}><span data-filter="endpoint">{host}<i>{path}</i></span></span>
      <span class={`c-at${row.attempt === 1 ? " n1" : ""}`} role="gridcell"><span data-filter={row.attempt > 1 ? "attempt" : undefined}>{row.attempt}{row.maxAttempts !== null && <i>/{row.maxAttempts}</i>}</span></span>
      <span class={`c-code${codeTone(row.httpStatus)}`} role="gridcell"><span data-filter={row.httpStatus === null ? undefined : "code"}>{row.httpStatus ?? NONE}</span></span>
      <span class="c-lat" role="gridcell">
        <span class="ms">{value}<i> {unit}</i></span>
        <span class={`lb${row.outcome === "timeout" ? " over" : ""}`}><span style={{ width: `${barWidth(row.durationMs)}%` }} /></span>
      </span>
      <span class="c-why" role="gridcell" title={words}>
        {outcome && <b class={`out st-${status}`} data-filter="outcome">{outcome}</b>}
        <span class="why">{words}</span>
      </span>
    </div>
  );
}

/** An attempt is recorded a moment after its end. */
const AROUND_MS = 2_000;

type DividerEntry = Exclude<Entry, AttemptRow>;

export function DividerRow({ entry, rowIndex }: { entry: DividerEntry; rowIndex: number }) {
  const { divider } = entry;
  return (
    <div class={`gap${divider.kind === "filled" ? "" : " miss"}`} role="row" aria-rowindex={rowIndex}>
      <span role="gridcell"><DividerWords {...entry} /></span>
      {divider.kind !== "filled" && <span role="gridcell"><InHistory {...entry} /></span>}
    </div>
  );
}

function DividerWords({ divider, since, until }: DividerEntry) {
  switch (divider.kind) {
    case "filled":
      return t.filled(divider.n, clock(divider.from), clock(divider.to));
    case "missed":
      return t.missed(divider.n, (t.why as Record<string, string>)[divider.reason] ?? "");
    case "restarted":
      return t.restarted(clock(since), clock(until));
  }
}

function InHistory({ since, until }: DividerEntry) {
  return <a href={addressOf("live", { from: String(since - AROUND_MS), to: String(until + AROUND_MS) })}>{t.inHistory}</a>;
}

function codeTone(code: number | null): string {
  if (code === null) return "";
  return code < 300 ? " c2" : " cx";
}

/** Log scale from 10 ms to 10 s, so that 50 ms and 5 s can be told apart in one column. */
function barWidth(ms: number | null): number {
  if (ms === null) return 0;
  return Math.max(3, Math.min(100, Math.round((Math.log10(Math.max(ms, 10) / 10) / 3) * 100)));
}
