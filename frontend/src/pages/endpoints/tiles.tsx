import { ENDPOINT_STATES, type Endpoint, type EndpointState, successText } from "../../core/endpoints";
import { count } from "../../core/format";
import { texts } from "../../core/language";
import { ask, query } from "../../navigation";
import { Icon } from "../../ui/icon";
import { STATE_ICONS, t } from "./words";

const words = texts({
  en: {
    by: "Endpoints by circuit",
    state: (_n: number) => ({ open: "open", ramping: "ramping", inactive: "not active", closed: "closed" }),
    held: (n: number) => (n === 1 ? "1 delivery held" : `${count(n)} deliveries held`),
    gone: (n: number) => `${n} gone`,
    failing: (n: number) => `${n} failing`,
    paused: (n: number) => `${n} paused`,
    success: (share: string) => `${share} % success`,
  },
  es: {
    by: "Destinos por circuito",
    state: (n: number) => (n === 1 ? { open: "abierto", ramping: "en rampa", inactive: "no activo", closed: "cerrado" } : { open: "abiertos", ramping: "en rampa", inactive: "no activos", closed: "cerrados" }),
    held: (n: number) => (n === 1 ? "1 entrega retenida" : `${count(n)} entregas retenidas`),
    gone: (n: number) => `${n} con 410`,
    failing: (n: number) => `${n} por fallos`,
    paused: (n: number) => `${n} en pausa`,
    success: (share: string) => `${share} % con éxito`,
  },
});

/** How many are in which state; each leaves only its own in the list, and again all of them. */
export function Tiles({ endpoints }: { endpoints: readonly Endpoint[] }) {
  const chosen = query.value["state"];
  return (
    <div class="panel tiles" role="group" aria-label={words.by}>
      {ENDPOINT_STATES.map((state) => {
        const those = endpoints.filter((each) => each.state === state);
        return (
          <button key={state} type="button" class={`tile${those.length > 0 ? ` cs-${state}` : ""}`} aria-pressed={chosen === state} onClick={() => ask({ state: chosen === state ? "" : state })}>
            <Icon name={STATE_ICONS[state]} /><b>{count(those.length)}</b> <span class="tile-w">{words.state(those.length)[state]}</span>
            <span class="tile-s">{those.length > 0 && sentence(state, those)}</span>
          </button>
        );
      })}
    </div>
  );
}

function sentence(state: EndpointState, those: readonly Endpoint[]): string {
  const total = (of: (each: Endpoint) => number) => those.reduce((sum, each) => sum + of(each), 0);
  switch (state) {
    case "open": return words.held(total((each) => each.held));
    case "ramping": return t.inFlight(count(total((each) => each.circuit.in_flight ?? 0)), count(total((each) => each.circuit.limit ?? 0)));
    case "inactive": return whyInactive(those);
    case "closed": {
      const share = successText(total((each) => each.attempts), total((each) => each.failed));
      return share === null ? t.noAttempts : words.success(share);
    }
  }
}

function whyInactive(those: readonly Endpoint[]): string {
  const [gone, failing] = ["gone", "failing"].map((reason) => those.filter((each) => each.disabledReason === reason).length) as [number, number];
  const paused = those.length - gone - failing;
  return [gone > 0 && words.gone(gone), failing > 0 && words.failing(failing), paused > 0 && words.paused(paused)].filter(Boolean).join(", ");
}
