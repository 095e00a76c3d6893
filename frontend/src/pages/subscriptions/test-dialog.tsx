import { useState } from "preact/hooks";
import { texts } from "../../core/language";
import { nameOf } from "../../core/subscription";
import { subscriptions } from "../../subscriptions";
import { Dialog } from "../../ui/dialog";
import { Field } from "../../ui/field";
import { Icon } from "../../ui/icon";
import { TestProgress, useTestRun } from "./test-run";

const t = texts({
  en: { title: "Send a test", what: "A real delivery of a webhook.test event is made, signed like any other.", to: "Subscription", send: "Send a test", again: "Send another", close: "Close" },
  es: { title: "Enviar una prueba", what: "Se hace una entrega real de un evento webhook.test, firmada como cualquier otra.", to: "Suscripción", send: "Enviar una prueba", again: "Enviar otra", close: "Cerrar" },
});

interface Props {
  /** Null to let the person choose. */
  subscriptionId: string | null;
  onClose: () => void;
}

export function TestDialog({ subscriptionId, onClose }: Props) {
  const all = [...subscriptions.value.values()];
  const [chosen, choose] = useState(subscriptionId ?? all[0]?.id ?? "");
  const subscription = subscriptions.value.get(chosen);
  return (
    <Dialog title={t.title} onClose={onClose}>
      {subscriptionId === null
        ? <Field id="t-to" label={t.to}><select id="t-to" class="inp" value={chosen} onChange={(event) => choose(event.currentTarget.value)}>{all.map((each) => <option key={each.id} value={each.id}>{nameOf(each)}</option>)}</select></Field>
        : subscription && <p class="subject"><b>{nameOf(subscription)}</b></p>}
      <p>{t.what}</p>
      {chosen && <Run key={chosen} to={chosen} onClose={onClose} />}
    </Dialog>
  );
}

function Run({ to, onClose }: { to: string; onClose: () => void }) {
  const run = useTestRun(to);
  return (
    <>
      <TestProgress run={run} beforeOpen={onClose} />
      <div class="dlg-act">
        <button type="button" class={run.delivery ? "btn" : "btn primary"} disabled={run.busy} onClick={run.send}><Icon name="send" size={14} />{run.delivery ? t.again : t.send}</button>
        <button type="button" class="btn" onClick={onClose}>{t.close}</button>
      </div>
    </>
  );
}
