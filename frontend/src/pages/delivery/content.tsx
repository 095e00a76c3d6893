import { useEffect, useState } from "preact/hooks";
import { mayAct } from "../../boot";
import { now } from "../../clock";
import { curlOf } from "../../core/curl";
import { type Attempt, type DeliveryDetail, headerList, scheduleWords } from "../../core/delivery";
import { NONE, moment, shortId } from "../../core/format";
import { texts } from "../../core/language";
import { isWaiting, statusOf } from "../../core/status";
import { type Subscription, nameOf } from "../../core/subscription";
import { addressOf } from "../../navigation";
import { endpointLabel, subscriptions } from "../../subscriptions";
import { CopyButton } from "../../ui/copy-button";
import { Icon } from "../../ui/icon";
import { ReadingNote } from "../../ui/reading-note";
import { StatusMark } from "../../ui/status";
import { Attempts } from "./attempts";
import { cancellable } from "./cancel";
import { DeliveryLink } from "./delivery-link";
import { detail, fresh, sent } from "./load";
import { askReplay } from "./replay";
import { Signature } from "./signature";
import { Timeline } from "./timeline";

const t = texts({
  en: {
    missing: "No such delivery", unread: "The delivery could not be read", missingWhy: "It is older than the history kept, or belongs to another tenant.",
    to: "to", timeline: "Timeline", attempts: "Attempts", noAttempt: "None was made yet.", replay: "Replay now",
    copyCurl: "Copy cURL", copyJson: "Copy JSON", cancel: "Cancel", twice: "The receiver may process a replay twice.",
    made: (n: number, most: number) => `${n} of ${most}`, schedule: "Retry schedule", created: "Created", event: "Event", subscription: "Subscription", deleted: "Not listed", replayOf: "Replay of",
  },
  es: {
    missing: "No existe esa entrega", unread: "No se pudo leer la entrega", missingWhy: "Es anterior al historial guardado o pertenece a otra organización.",
    to: "a", timeline: "Cronología", attempts: "Intentos", noAttempt: "Todavía no se ha hecho ninguno.", replay: "Reenviar ahora",
    copyCurl: "Copiar cURL", copyJson: "Copiar JSON", cancel: "Cancelar", twice: "El receptor puede procesar un reenvío dos veces.",
    made: (n: number, most: number) => `${n} de ${most}`, schedule: "Plan de reintentos", created: "Creada", event: "Evento", subscription: "Suscripción", deleted: "No figura", replayOf: "Reenvío de",
  },
});

/** The open delivery, in the drawer and on its own page: as far as it is known. */
export function OpenedDelivery({ asked }: { asked: number | null }) {
  const delivery = detail.value;
  return delivery ? <Content key={delivery.id} delivery={delivery} asked={asked} /> : <Waiting />;
}

function Waiting() {
  const { problem } = fresh.value;
  if (problem === null) return <div class="empty" aria-busy="true" />;
  const missing = problem.status === 404;
  return (
    <div class="empty">
      <h2>{missing ? t.missing : t.unread}</h2>
      <p>{missing ? t.missingWhy : problem.detail || problem.title}</p>
    </div>
  );
}

function Content({ delivery, asked }: { delivery: DeliveryDetail; asked: number | null }) {
  const [chosen, choose] = useState(asked);
  useEffect(() => choose(asked), [asked]);
  const attempt = delivery.attempts.find((each) => each.number === chosen) ?? delivery.attempts.at(-1);
  const subscription = subscriptions.value.get(delivery.subscription_id);
  return (
    <>
      <div class="d-head">
        <div class="d-title">
          <h2>{delivery.event}</h2><StatusMark status={statusOf(delivery)} pill />
          <p class="d-to" title={subscription?.url}>{t.to} <a href={addressOf("endpoints", { id: delivery.subscription_id })}>{endpointLabel(delivery.subscription_id)}</a></p>
        </div>
        <Actions delivery={delivery} attempt={attempt} url={subscription?.url} />
      </div>
      <div class="d-body">
        <ReadingNote reading={fresh.value} />
        <Facts delivery={delivery} subscription={subscription} />
        <div class="d-cols">
          <div class="d-left">
            <section><h3>{t.timeline}</h3><Timeline delivery={delivery} sent={sent.value} chosen={attempt?.number ?? null} choose={choose} /></section>
            {attempt && <Signature attempt={attempt} />}
          </div>
          {attempt
            ? <Attempts attempts={delivery.attempts} attempt={attempt} choose={choose} sent={sent.value} url={subscription?.url ?? ""} />
            : <div class="d-right"><h3>{t.attempts}</h3><p class="quiet">{t.noAttempt}</p></div>}
        </div>
      </div>
    </>
  );
}

function Actions({ delivery, attempt, url }: { delivery: DeliveryDetail; attempt: Attempt | undefined; url: string | undefined }) {
  const status = statusOf(delivery);
  const event = sent.value;
  return (
    <div class="d-act">
      {mayAct && <button type="button" class="btn primary" disabled={status === "delivering"} onClick={() => askReplay(delivery)}><Icon name="replay" size={15} />{t.replay}</button>}
      {attempt && url && event && <CopyButton what="cURL" label={t.copyCurl} class="btn" text={() => curlOf(url, headerList(attempt.request_headers), JSON.stringify(event.body))} />}
      <CopyButton what="JSON" label={t.copyJson} class="btn hide-s" text={() => JSON.stringify(delivery, null, 2)} />
      {isWaiting(status) && mayAct && <button type="button" class="btn danger" onClick={() => (cancellable.value = delivery.id)}><Icon name="cancelled" size={15} />{t.cancel}</button>}
      {mayAct && <span class="d-note">{t.twice}</span>}
    </div>
  );
}

function Facts({ delivery, subscription }: { delivery: DeliveryDetail; subscription: Subscription | undefined }) {
  const origin = delivery.replay_of;
  return (
    <dl class="facts">
      <div><dt>{t.attempts}</dt><dd>{t.made(delivery.attempt_count, Math.max(delivery.attempt_count, delivery.max_attempts))}</dd></div>
      <div><dt>{t.schedule}</dt><dd>{scheduleWords(subscription?.retry_schedule) ?? NONE}</dd></div>
      <div><dt>{t.created}</dt><dd>{moment(Date.parse(delivery.created_at), now.peek())}</dd></div>
      <div><dt>{t.event}</dt><dd><a class="mono" href={addressOf("events", { event: delivery.event_id })} title={delivery.event_id}>{shortId(delivery.event_id)}</a></dd></div>
      <div><dt>{t.subscription}</dt><dd>{subscription ? <a href={addressOf("subscriptions", { edit: subscription.id })} title={nameOf(subscription)}>{nameOf(subscription)}</a> : t.deleted}</dd></div>
      <div><dt>{t.replayOf}</dt><dd>{origin === null ? NONE : <DeliveryLink id={origin} />}</dd></div>
    </dl>
  );
}
