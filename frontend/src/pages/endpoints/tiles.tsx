import { ENDPOINT_STATES, type Endpoint, type EndpointState, successText } from "../../core/endpoints";
import { count, plural } from "../../core/format";
import { texts } from "../../core/language";
import { LAST_WORDS } from "../../core/range";
import { ask, query } from "../../navigation";
import { Icon } from "../../ui/icon";
import { type Range, STATE_ICONS, t } from "./words";

const words = texts({
  en: {
    by: "All endpoints by circuit, now",
    state: (_n: number) => ({ open: "open", ramping: "ramping", inactive: "not active", closed: "closed" }),
    held: (n: number) => `${plural(n, "delivery", "deliveries")} held now`,
    inFlight: (words: string) => `${words} now`,
    gone: (n: number) => `${n} gone`,
    failing: (n: number) => `${n} failing`,
    paused: (n: number) => `${n} paused`,
    success: (share: string, range: string) => `Their success, ${range}: ${share} %`,
    noAttempts: (range: string) => `No attempts, ${range}`,
  },
  es: {
    by: "Todos los destinos por circuito, ahora",
    state: (n: number) => (n === 1 ? { open: "abierto", ramping: "en rampa", inactive: "no activo", closed: "cerrado" } : { open: "abiertos", ramping: "en rampa", inactive: "no activos", closed: "cerrados" }),
    held: (n: number) => `${plural(n, "entrega retenida", "entregas retenidas")} ahora`,
    inFlight: (words: string) => `${words} ahora`,
    gone: (n: number) => `${n} con 410`,
    failing: (n: number) => `${n} por fallos`,
    paused: (n: number) => `${n} en pausa`,
    success: (share: string, range: string) => `Su éxito, ${range}: ${share} %`,
    noAttempts: (range: string) => `Sin intentos, ${range}`,
  },
});

/** How many are in which state; each leaves only its own in the list, and again all of them. */
export function Tiles({ endpoints, range }: { endpoints: readonly Endpoint[]; range: Range }) {
  const chosen = query.value["state"];
  return (
    <div class="panel tiles" role="group" aria-label={words.by}>
      {ENDPOINT_STATES.map((state) => {
        const those = endpoints.filter((each) => each.state === state);
        return (
          <button key={state} type="button" class={`tile${those.length > 0 ? ` cs-${state}` : ""}`} aria-pressed={chosen === state} onClick={() => ask({ state: chosen === state ? "" : state })}>
            <Icon name={STATE_ICONS[state]} /><b>{count(those.length)}</b> <span class="tile-w">{words.state(those.length)[state]}</span>
            <span class="tile-s">{those.length > 0 && sentence(state, those, range)}</span>
          </button>
        );
      })}
    </div>
  );
}

/** Says of which time it is: the range on top, or now. */
function sentence(state: EndpointState, those: readonly Endpoint[], range: Range): string {
  const total = (of: (each: Endpoint) => number) => those.reduce((sum, each) => sum + of(each), 0);
  switch (state) {
    case "open": return words.held(total((each) => each.held));
    case "ramping": return words.inFlight(t.inFlight(count(total((each) => each.circuit.in_flight ?? 0)), count(total((each) => each.circuit.limit ?? 0))));
    case "inactive": return whyInactive(those);
    case "closed": {
      const share = successText(total((each) => each.attempts), total((each) => each.failed));
      return share === null ? words.noAttempts(LAST_WORDS[range]) : words.success(share, LAST_WORDS[range]);
    }
  }
}

function whyInactive(those: readonly Endpoint[]): string {
  const [gone, failing] = ["gone", "failing"].map((reason) => those.filter((each) => each.disabledReason === reason).length) as [number, number];
  const paused = those.length - gone - failing;
  return [gone > 0 && words.gone(gone), failing > 0 && words.failing(failing), paused > 0 && words.paused(paused)].filter(Boolean).join(", ");
}
