import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { mayAct } from "../../boot";
import { useCallOnce } from "../../calling";
import type { Delivery } from "../../core/delivery";
import type { Freshness } from "../../core/freshness";
import { texts } from "../../core/language";
import { isFinal, isWaiting, statusOf } from "../../core/status";
import { openDelivery } from "../../navigation";
import { api } from "../../session";
import { endpointOf } from "../../subscriptions";
import { Dialog } from "../../ui/dialog";
import { Icon } from "../../ui/icon";
import { ReadingNote } from "../../ui/reading-note";
import { Decision } from "./decision";
import { Steps, useFollowed } from "./following";
import { reload } from "./load";

const t = texts({
  en: {
    ask: "Replay this delivery?", replaying: "Replaying", replayed: "Replayed",
    what: (event: string, host: string, waits: boolean) => `${event} to ${host}. ${waits ? "Its next attempt is made now." : "A new delivery is made."} The receiver may process this twice.`,
    replay: "Replay", openNew: "Open the new delivery", close: "Close", steps: "The replay",
    doubt: "It may have been sent all the same. Trying again does not send it twice.",
  },
  es: {
    ask: "¿Reenviar esta entrega?", replaying: "Reenviando", replayed: "Reenviada",
    what: (event: string, host: string, waits: boolean) => `${event} a ${host}. ${waits ? "Su próximo intento se hace ahora." : "Se crea una entrega nueva."} El receptor puede procesarla dos veces.`,
    replay: "Reenviar", openNew: "Abrir la entrega nueva", close: "Cerrar", steps: "El reenvío",
    doubt: "Puede que se haya enviado igualmente. Reintentarlo no la envía dos veces.",
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

export function ReplayDialog() {
  const asked = replayable.value;
  return asked && <Asked key={asked.id} asked={asked} />;
}

function Asked({ asked }: { asked: Replayable }) {
  const { id, waits } = asked;
  const [{ delivery, fresh }, follow] = useFollowed();
  /** How many attempts it had before. */
  const [before, setBefore] = useState(0);
  const sent = (made: Delivery) => {
    setBefore(made.id === id ? made.attempt_count : 0);
    follow(made);
  };
  const call = useCallOnce(`${waits ? "retry" : "replay"} ${id}`, (key) => api.retry(id, key), sent, reload);
  const close = () => {
    replayable.value = null;
    reload();
  };
  const title = delivery === null ? t.ask : isFinal(statusOf(delivery)) ? t.replayed : t.replaying;
  return (
    <Dialog title={title} onClose={close}>
      <p>{t.what(asked.event, endpointOf(asked.subscriptionId).host, waits)}</p>
      {delivery === null
        ? <Decision does={t.replay} icon={<Icon name="replay" size={15} />} look="primary" call={call} doubt={t.doubt} onClose={close} />
        : <Sent delivery={delivery} fresh={fresh} before={before} isNew={delivery.id !== id} close={close} />}
    </Dialog>
  );
}

function Sent({ delivery, fresh, before, isNew, close }: { delivery: Delivery; fresh: Freshness; before: number; isNew: boolean; close: () => void }) {
  const open = () => {
    close();
    openDelivery(delivery.id);
  };
  return (
    <>
      <div role="status"><Steps delivery={delivery} before={before} label={t.steps} /></div>
      <ReadingNote reading={fresh} />
      <div class="dlg-act">
        {isNew && <button type="button" class="btn primary" onClick={open}>{t.openNew}</button>}
        <button type="button" class="btn" onClick={close}>{t.close}</button>
      </div>
    </>
  );
}
