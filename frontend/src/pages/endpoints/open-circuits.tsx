import { useRef } from "preact/hooks";
import type { Endpoint } from "../../core/endpoints";
import { texts } from "../../core/language";
import { addressOf, ask } from "../../navigation";
import { CircuitBanner } from "../../ui/circuit-banner";

const words = texts({ en: { live: "Show in Live" }, es: { live: "Ver en vivo" } });

/** The circuit that opened last, and how many others are open. Only one that opens before the reader's eyes is an alert. */
export function OpenCircuits({ endpoints }: { endpoints: readonly Endpoint[] }) {
  const open = endpoints.filter(({ state }) => state === "open").sort((one, other) => (openedAt(other) ?? 0) - (openedAt(one) ?? 0));
  const before = useRef<ReadonlySet<string> | null>(null);
  before.current ??= new Set(open.map(openingOf));
  const newest = open[0];
  if (newest === undefined) return null;
  return (
    <CircuitBanner
      key={openingOf(newest)} host={newest.host} openedAt={openedAt(newest)} held={newest.held} isAlert={!before.current.has(openingOf(newest))}
      others={open.length - 1} showOthers={(more) => <button type="button" class="linkish" onClick={() => ask({ state: "open" })}>{more}</button>}
    >
      <a class="linkish" href={addressOf("live", { q: `endpoint:${newest.subscription_id}` })}>{words.live}</a>
    </CircuitBanner>
  );
}

function openedAt({ circuit }: Endpoint): number | null {
  return circuit.opened_at === null ? null : Date.parse(circuit.opened_at);
}

/** A circuit that closes and opens again is another opening. */
function openingOf(endpoint: Endpoint): string {
  return `${endpoint.subscription_id} ${endpoint.circuit.opened_at}`;
}
