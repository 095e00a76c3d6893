import { useState } from "preact/hooks";
import { now } from "../../clock";
import { sizeOf } from "../../core/body";
import type { Delivery, SentEvent } from "../../core/delivery";
import { bytes, moment, plural } from "../../core/format";
import { texts } from "../../core/language";
import { deliveryPath } from "../../core/routes";
import { statusOf } from "../../core/status";
import { addressOf, openDelivery, opened as openedDelivery, written } from "../../navigation";
import { endpointLabel, subscriptions } from "../../subscriptions";
import { CopyButton } from "../../ui/copy-button";
import { ReadingNote } from "../../ui/reading-note";
import { SidePanel } from "../../ui/side-panel";
import { StatusMark } from "../../ui/status";
import { CodeBox } from "../delivery/code-box";
import { type OpenedEvent, useOpenedEvent } from "./load";

const t = texts({
  en: {
    event: "Event", missing: "No such event", missingWhy: "It is older than the history kept, or belongs to another tenant.", unread: "The event could not be read",
    id: "Event id", entity: "Entity", about: "Everything about it", at: "Happened", body: "Body", bodies: "Body", pretty: "Pretty", raw: "Raw",
    deliveries: "Deliveries", none: "No subscription asked for it when it happened.", more: "The newest 200 are shown.", attempts: (n: number, max: number) => `${n} of ${plural(max, "attempt")}`, replay: "replay",
  },
  es: {
    event: "Evento", missing: "No existe el evento", missingWhy: "Es anterior al historial guardado, o es de otra organización.", unread: "No se pudo leer el evento",
    id: "Id del evento", entity: "Entidad", about: "Todo lo relacionado", at: "Ocurrió", body: "Cuerpo", bodies: "Cuerpo", pretty: "Legible", raw: "Original",
    deliveries: "Entregas", none: "Ninguna suscripción lo pedía cuando ocurrió.", more: "Se muestran las 200 más recientes.", attempts: (n: number, max: number) => `${n} de ${plural(max, "intento")}`, replay: "reenvío",
  },
});

export function EventPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const opened = useOpenedEvent(id);
  const { event, problem } = opened;
  const missing = problem?.status === 404;
  return (
    <SidePanel title={event?.type ?? (missing ? t.missing : t.event)} wide onClose={onClose}>
      <div class="side-in" aria-busy={event === null && problem === null}>
        {event && <><Facts event={event} /><Body event={event} /><Deliveries opened={opened} /></>}
        {problem && <p>{missing ? t.missingWhy : `${t.unread}: ${problem.detail || problem.title}`}</p>}
      </div>
    </SidePanel>
  );
}

function Facts({ event }: { event: SentEvent }) {
  return (
    <dl class="e-facts">
      <div><dt>{t.id}</dt><dd><span class="mono">{event.id}</span><CopyButton what="id" text={() => event.id} class="icon sm" /></dd></div>
      {event.entity_id && <div><dt>{t.entity}</dt><dd><span class="mono">{event.entity_id}</span><CopyButton what="entity id" text={() => event.entity_id} class="icon sm" /><a href={addressOf("events", { entity: event.entity_id })}>{t.about}</a></dd></div>}
      <div><dt>{t.at}</dt><dd><time dateTime={event.occurred_at}>{moment(Date.parse(event.occurred_at), now.peek())}</time></dd></div>
    </dl>
  );
}

function Body({ event }: { event: SentEvent }) {
  const [raw, setRaw] = useState(false);
  const text = JSON.stringify(event.body);
  return (
    <section>
      <div class="e-h">
        <h3>{t.body}</h3><span class="grow" />
        <div class="seg small" role="group" aria-label={t.bodies}>
          <button type="button" aria-pressed={!raw} onClick={() => setRaw(false)}>{t.pretty}</button>
          <button type="button" aria-pressed={raw} onClick={() => setRaw(true)}>{t.raw}</button>
        </div>
      </div>
      <CodeBox title="JSON" size={bytes(sizeOf(text))} text={text} raw={raw} />
    </section>
  );
}

function Deliveries({ opened: { deliveries, more, fresh } }: { opened: OpenedEvent }) {
  return (
    <section>
      <div class="e-h"><h3>{t.deliveries}</h3></div>
      <ReadingNote reading={fresh} />
      {deliveries?.length === 0 && <p class="quiet">{t.none}</p>}
      <ul class="dlvs">{deliveries?.map((each) => <DeliveryItem key={each.id} delivery={each} />)}</ul>
      {more && <p class="quiet">{t.more}</p>}
    </section>
  );
}

function DeliveryItem({ delivery }: { delivery: Delivery }) {
  const { id, subscription_id: to, attempt_count: attempts, max_attempts: max, last_error: error, replay_of: replayOf } = delivery;
  const onClick = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    openDelivery(id);
  };
  return (
    <li>
      <a href={written(deliveryPath(id), {})} aria-current={openedDelivery.value?.id === id || undefined} onClick={onClick}>
        <StatusMark status={statusOf(delivery)} /><b>{subscriptions.value.get(to)?.description || endpointLabel(to)}</b>
        <span class="sub">{t.attempts(attempts, Math.max(attempts, max))}{replayOf !== null && `, ${t.replay}`}</span>
        {error && <small>{error}</small>}
      </a>
    </li>
  );
}
