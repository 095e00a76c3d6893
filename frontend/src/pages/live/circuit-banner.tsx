import { alerted } from "../../circuits";
import { clock, count, plural } from "../../core/format";
import { texts } from "../../core/language";
import { addressOf } from "../../navigation";
import { endpointOf } from "../../subscriptions";
import { summary } from "../../summary";
import { Icon } from "../../ui/icon";

const t = texts({
  en: {
    opened: (host: string, at: string) => `Circuit opened: ${host} at ${at}.`, endpoints: "Show endpoints", putAway: "Put away",
    held: (n: number) => (n === 0 ? "" : `${plural(n, "delivery is", "deliveries are")} held.`),
  },
  es: {
    opened: (host: string, at: string) => `Circuito abierto: ${host} a las ${at}.`, endpoints: "Ver los destinos", putAway: "Cerrar el aviso",
    held: (n: number) => (n === 0 ? "" : n === 1 ? "1 entrega retenida." : `${count(n)} entregas retenidas.`),
  },
});

/** A circuit that opened before the reader's eyes. Which ones are open is the endpoints page's matter. */
export function CircuitBanner() {
  const circuit = alerted.value;
  if (circuit === null) return null;
  return (
    <div key={`${circuit.subscriptionId} ${circuit.openedAt}`} class="banner bad" role="alert">
      <Icon name="warn" />
      <span><b>{t.opened(endpointOf(circuit.subscriptionId).host, clock(circuit.openedAt))}</b> {t.held(summary.value?.held ?? 0)}</span>
      <span class="grow" />
      <a class="linkish" href={addressOf("endpoints", { state: "open" })}>{t.endpoints}</a>
      <button type="button" class="icon sm" aria-label={t.putAway} title={t.putAway} onClick={() => (alerted.value = null)}><Icon name="close" size={14} /></button>
    </div>
  );
}
