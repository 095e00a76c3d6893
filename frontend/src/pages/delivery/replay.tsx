import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { mayAct } from "../../boot";
import type { Problem } from "../../core/api";
import type { Delivery, DeliveryDetail } from "../../core/delivery";
import { latency, text } from "../../core/format";
import { texts } from "../../core/language";
import { isWaiting, statusOf } from "../../core/status";
import { openDelivery } from "../../navigation";
import { api } from "../../session";
import { endpointOf } from "../../subscriptions";
import { Dialog } from "../../ui/dialog";
import { Icon } from "../../ui/icon";
import { StatusMark } from "../../ui/status";
import { reload } from "./load";

const t = texts({
  en: {
    ask: "Replay this delivery?", replaying: "Replaying", replayed: "Replayed",
    what: (event: string, host: string, waits: boolean) => `${event} to ${host}. ${waits ? "Its next attempt is made now." : "A new delivery is made."} The receiver may process this twice.`,
    replay: "Replay", openNew: "Open the new delivery", close: "Close", keep: "Keep as is",
    queued: "Queued", attempt: (number: number) => `Attempt ${number}`, result: "Result", answered: (what: string | number, took: string) => `${what} in ${took}`,
  },
  es: {
    ask: "¿Reenviar esta entrega?", replaying: "Reenviando", replayed: "Reenviada",
    what: (event: string, host: string, waits: boolean) => `${event} a ${host}. ${waits ? "Su próximo intento se hace ahora." : "Se crea una entrega nueva."} El receptor puede procesarla dos veces.`,
    replay: "Reenviar", openNew: "Abrir la entrega nueva", close: "Cerrar", keep: "Dejar como está",
    queued: "En cola", attempt: (number: number) => `Intento ${number}`, result: "Resultado", answered: (what: string | number, took: string) => `${what} en ${took}`,
  },
});

export interface Replayable {
  id: string;
  event: string;
  subscriptionId: string;
  /** Whether it still waits: then the same delivery is sent now, and no new one is made. */
  waits: boolean;
}

/** What the dialog asks about; null while there is none. */
export const replayable = signal<Replayable | null>(null);

export function askReplay(delivery: Delivery): void {
  if (!mayAct) return;
  replayable.value = { id: delivery.id, event: delivery.event, subscriptionId: delivery.subscription_id, waits: isWaiting(statusOf(delivery)) };
}

/** A replay under way: the delivery that is sent and how many attempts it had before. */
interface Sent {
  delivery: DeliveryDetail | Delivery;
  before: number;
}

const POLL_MS = 400;

export function ReplayDialog() {
  const asked = replayable.value;
  return asked && <Asked key={asked.id} asked={asked} />;
}

function Asked({ asked }: { asked: Replayable }) {
  const [sent, setSent] = useState<Sent | null>(null);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<Problem | null>(null);
  const finished = sent !== null && isOver(sent);

  useEffect(() => {
    if (!sent || finished) return;
    const timer = setTimeout(async () => {
      const answer = await api.delivery(sent.delivery.id);
      setSent(answer.ok ? { ...sent, delivery: answer.value } : { ...sent });
    }, POLL_MS);
    return () => clearTimeout(timer);
  }, [sent]);

  const close = () => {
    replayable.value = null;
    reload();
  };
  const replay = async () => {
    setBusy(true);
    const answer = await api.retry(asked.id);
    setBusy(false);
    if (!answer.ok) return setRefused(answer.problem);
    setSent({ delivery: answer.value, before: answer.value.id === asked.id ? answer.value.attempt_count : 0 });
  };
  const opened = sent?.delivery.id;

  return (
    <Dialog title={finished ? t.replayed : sent ? t.replaying : t.ask} onClose={close}>
      <p>{t.what(asked.event, endpointOf(asked.subscriptionId).host, asked.waits)}</p>
      {sent && <Progress sent={sent} />}
      {refused && <p class="refusal" role="alert"><Icon name="warn" size={14} />{refused.detail || refused.title}</p>}
      <div class="dlg-act">
        {!sent && !refused && <button type="button" class="btn primary" disabled={busy} onClick={replay}><Icon name="replay" size={15} />{t.replay}</button>}
        {opened && opened !== asked.id && <button type="button" class="btn primary" onClick={() => { close(); openDelivery(opened); }}>{t.openNew}</button>}
        <button type="button" class="btn" onClick={close}>{sent || refused ? t.close : t.keep}</button>
      </div>
    </Dialog>
  );
}

/** Queued, then the attempt, then what came of it: success is never claimed before the attempt was made. */
function Progress({ sent }: { sent: Sent }) {
  const number = sent.before + 1;
  const status = statusOf(sent.delivery);
  const attempt = attemptOf(sent);
  const over = isOver(sent);
  const under = attempt || status === "delivering" ? "cur" : "";
  return (
    <ol class="steps" aria-live="polite">
      <li class="done"><Icon name="check" size={13} />{t.queued}</li>
      <li class={attempt ? "done" : under}><Icon name={attempt ? "check" : "delivering"} size={13} />{t.attempt(number)}</li>
      {over
        ? <li class="result"><StatusMark status={status} />{attempt && <span>{t.answered(attempt.http_status ?? attempt.outcome, text(latency(attempt.duration_ms)))}</span>}</li>
        : <li><Icon name="pending" size={13} />{t.result}</li>}
    </ol>
  );
}

function attemptOf({ delivery, before }: Sent) {
  return "attempts" in delivery ? delivery.attempts.find((attempt) => attempt.number > before) : undefined;
}

/** A held delivery waits for its circuit, not for us. */
function isOver(sent: Sent): boolean {
  const status = statusOf(sent.delivery);
  return attemptOf(sent) !== undefined || status === "held" || status === "cancelled";
}
