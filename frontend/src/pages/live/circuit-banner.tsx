import { alerted, openCircuits } from "../../circuits";
import { texts } from "../../core/language";
import { addressOf } from "../../navigation";
import { endpointOf } from "../../subscriptions";
import { CircuitBanner } from "../../ui/circuit-banner";
import { Icon } from "../../ui/icon";

const t = texts({
  en: { endpoints: "Show endpoints", putAway: "Put away" },
  es: { endpoints: "Ver los destinos", putAway: "Cerrar el aviso" },
});

/** A circuit that opened before the reader's eyes. Which ones are open is the endpoints page's matter. */
export function OpenedCircuit() {
  const circuit = alerted.value;
  if (circuit === null) return null;
  const { subscriptionId, openedAt } = circuit;
  const open = openCircuits.value;
  const held = open.find((each) => each.subscriptionId === subscriptionId)?.held ?? circuit.held;
  return (
    <CircuitBanner
      key={`${subscriptionId} ${openedAt}`} host={endpointOf(subscriptionId).host} openedAt={openedAt} held={held} isAlert
      others={open.length - 1} showOthers={(more) => <span>{more}</span>}
    >
      <a class="linkish" href={addressOf("endpoints", { state: "open" })}>{t.endpoints}</a>
      <button type="button" class="icon sm" aria-label={t.putAway} title={t.putAway} onClick={() => (alerted.value = null)}><Icon name="close" size={14} /></button>
    </CircuitBanner>
  );
}
