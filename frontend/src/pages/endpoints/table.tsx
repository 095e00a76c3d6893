import { LAST_WORDS } from "../../core/range";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Endpoint, errorWords, successText, successTone } from "../../core/endpoints";
import { NONE, count, durationText, latency } from "../../core/format";
import { ask, query } from "../../navigation";
import { Icon } from "../../ui/icon";
import { Bars } from "./bars";
import { Detail } from "./detail";
import { RANGE_WORDS, type Range, circuitWords, t } from "./words";

interface Props {
  endpoints: readonly Endpoint[];
  range: Range;
  /** By the server's clock. */
  now: number;
}

export function Table({ endpoints, range, now }: Props) {
  const { id: open = null } = query.value;
  const head = useRef<HTMLTableRowElement>(null);
  const shown = useShownColumns(head);
  const { columns } = t;
  return (
    <section class="panel ep-panel">
      <table class="ep">
        <thead>
          <tr ref={head}>
            <th scope="col" class="e-name">{columns.endpoint}</th>
            <th scope="col" class="e-circuit">{columns.circuit}</th>
            <th scope="col" class="e-success num">{columns.success}<span class="e-range">, {LAST_WORDS[range]}</span></th>
            <th scope="col" class="e-p95 num">{columns.p95}</th>
            <th scope="col" class="e-backlog num">{columns.backlog}</th>
            <th scope="col" class="e-oldest num">{columns.oldest}</th>
            <th scope="col" class="e-bars"><span class="e-last">{RANGE_WORDS[range].last}</span><span class="key ok" />{t.answered}<span class="key bad" />{t.failed}</th>
            <th scope="col" class="e-error">{columns.lastError}</th>
            <th scope="col" class="e-more"><span class="offscreen">{columns.details}</span></th>
          </tr>
        </thead>
        <tbody>
          {endpoints.flatMap((each) => {
            const isOpen = each.subscription_id === open;
            return [
              <Row key={each.subscription_id} endpoint={each} range={range} now={now} isOpen={isOpen} toggle={() => ask({ id: isOpen ? "" : each.subscription_id })} />,
              isOpen && <tr key={`${each.subscription_id} detail`} class="ep-detail" id={`detail-${each.subscription_id}`}><td colSpan={shown}><Detail endpoint={each} range={range} now={now} /></td></tr>,
            ];
          })}
        </tbody>
      </table>
    </section>
  );
}

/** The style sheet leaves columns out where there is no room; a cell that spans more than are left would bring them back. */
function useShownColumns(head: { current: HTMLTableRowElement | null }): number {
  const [shown, setShown] = useState(1);
  useEffect(() => {
    const row = head.current!;
    const observer = new ResizeObserver(() => setShown([...row.cells].filter((cell) => cell.offsetWidth > 0).length));
    observer.observe(row);
    return () => observer.disconnect();
  }, []);
  return shown;
}

interface RowProps {
  endpoint: Endpoint;
  range: Range;
  now: number;
  isOpen: boolean;
  toggle: () => void;
}

function Row({ endpoint, range, now, isOpen, toggle }: RowProps) {
  const row = useRef<HTMLTableRowElement>(null);
  // An address may lead to one that is far down.
  useEffect(() => {
    if (isOpen) row.current!.scrollIntoView({ block: "nearest" });
  }, [isOpen]);
  const { host, path, description, attempts, failed, waiting, subscription_id: id } = endpoint;
  const onClick = (event: MouseEvent) => {
    if (!(event.target as Element).closest("a, button") && getSelection()?.isCollapsed !== false) toggle();
  };
  return (
    <tr ref={row} class={`ep-row${endpoint.state === "open" ? " is-open" : ""}`} onClick={onClick}>
      <th scope="row" class="e-name" title={host + path}><span class="cut">{host}<i>{path}</i></span>{description && <small class="cut">{description}</small>}</th>
      <td class="e-circuit"><Circuit endpoint={endpoint} now={now} /></td>
      <td class="e-success num"><Success attempts={attempts} failed={failed} /></td>
      <td class="e-p95 num"><Latency ms={endpoint.p95_ms} /></td>
      <td class={`e-backlog num${waiting === 0 ? " zero" : ""}`}>{count(waiting)}</td>
      <td class={`e-oldest num${endpoint.oldest_pending_at === null ? " zero" : ""}`}>{oldest(endpoint, now)}</td>
      <td class="e-bars"><Bars {...endpoint} /></td>
      <td class="e-error"><LastError endpoint={endpoint} range={range} /></td>
      <td class="e-more"><button type="button" class="icon" aria-expanded={isOpen} aria-controls={isOpen ? `detail-${id}` : undefined} aria-label={`${t.columns.details}: ${host}${path}`} onClick={toggle}><Icon name={isOpen ? "up" : "down"} /></button></td>
    </tr>
  );
}

export function Circuit({ endpoint, now }: { endpoint: Endpoint; now: number }) {
  const { icon, word, more } = circuitWords(endpoint, now);
  return <><span class={`circuit cs-${endpoint.disabledReason === null ? endpoint.state : "disabled"}`}><Icon name={icon} size={15} />{word}</span>{more && <small class="cut">{more}</small>}</>;
}

export function Success({ attempts, failed }: { attempts: number; failed: number }) {
  const share = successText(attempts, failed);
  return share === null ? <span class="zero">{NONE}</span> : <span class={`share ${successTone(attempts, failed)}`}>{share}<i> %</i></span>;
}

export function Latency({ ms }: { ms: number | null }) {
  const { value, unit } = latency(ms);
  return <span class={ms === null ? "zero" : ""}>{value}{unit && <i> {unit}</i>}</span>;
}

export function oldest({ oldest_pending_at: since }: Endpoint, now: number): string {
  return since === null ? NONE : durationText(Math.max(0, Math.round((now - Date.parse(since)) / 1_000) * 1_000));
}

export function LastError({ endpoint: { last_error: last, attempts }, range }: { endpoint: Endpoint; range: Range }) {
  if (last === null) return <span class="quiet cut">{attempts === 0 ? t.noAttempts : RANGE_WORDS[range].none}</span>;
  const words = errorWords(last.outcome, last.error);
  return <span class="cut" title={last.error ?? words}><b class="out">{last.outcome}</b><span class="quiet">{words}</span></span>;
}
