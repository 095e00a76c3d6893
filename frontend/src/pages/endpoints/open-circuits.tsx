import { useRef } from "preact/hooks";
import type { Endpoint } from "../../core/endpoints";
import { clock, count } from "../../core/format";
import { texts } from "../../core/language";
import { addressOf, ask } from "../../navigation";
import { Icon } from "../../ui/icon";

const words = texts({
  en: {
    opened: (host: string, at: string | null) => `Circuit opened: ${host}${at === null ? "" : ` at ${at}`}.`,
    held: (n: number) => `${count(n)} ${n === 1 ? "delivery is held and keeps its retries" : "deliveries are held and keep their retries"}.`,
    more: (n: number) => `${count(n)} more open`,
    live: "Show in Live",
  },
  es: {
    opened: (host: string, at: string | null) => `Circuito abierto: ${host}${at === null ? "" : ` a las ${at}`}.`,
    held: (n: number) => (n === 1 ? "1 entrega retenida conserva sus reintentos." : `${count(n)} entregas retenidas conservan sus reintentos.`),
    more: (n: number) => `${count(n)} más ${n === 1 ? "abierto" : "abiertos"}`,
    live: "Ver en vivo",
  },
});

/** The circuit that opened last, and how many others are open. Only one that opens before the reader's eyes is an alert. */
export function OpenCircuits({ endpoints }: { endpoints: readonly Endpoint[] }) {
  const open = endpoints.filter(({ state }) => state === "open").sort((one, other) => openedAt(other) - openedAt(one));
  const before = useRef<ReadonlySet<string> | null>(null);
  before.current ??= new Set(open.map(openingOf));
  const newest = open[0];
  if (newest === undefined) return null;
  const opened = newest.circuit.opened_at;
  return (
    <div key={openingOf(newest)} class="banner bad" role={before.current.has(openingOf(newest)) ? undefined : "alert"}>
      <Icon name="warn" />
      <span><b>{words.opened(newest.host, opened === null ? null : clock(Date.parse(opened)))}</b> {words.held(newest.held)}</span>
      <span class="grow" />
      {open.length > 1 && <button type="button" class="linkish" onClick={() => ask({ state: "open" })}>{words.more(open.length - 1)}</button>}
      <a class="linkish" href={addressOf("live", { q: `endpoint:${newest.subscription_id}` })}>{words.live}</a>
    </div>
  );
}

function openedAt({ circuit }: Endpoint): number {
  return circuit.opened_at === null ? 0 : Date.parse(circuit.opened_at);
}

/** A circuit that closes and opens again is another opening. */
function openingOf(endpoint: Endpoint): string {
  return `${endpoint.subscription_id} ${endpoint.circuit.opened_at}`;
}
