import { useState } from "preact/hooks";
import { useCall, useCallOnce } from "../../calling";
import { plural, splitUrl } from "../../core/format";
import { texts } from "../../core/language";
import { type RotatedSecret, type Subscription, bareUrl, day, nameOf } from "../../core/subscription";
import { ask as askAddress, query } from "../../navigation";
import { api } from "../../session";
import { adopt, forget, subscriptions } from "../../subscriptions";
import { Dialog } from "../../ui/dialog";
import { TextField } from "../../ui/field";
import { Icon } from "../../ui/icon";
import { Refusal } from "../../ui/refusal";
import { asked, doneAsking } from "./asked";
import { figures } from "./figures";
import { reloadAll } from "./following";
import { SecretBox, SecretCopy, useSecret } from "./secret";
import { TestDialog } from "./test-dialog";

const t = texts({
  en: {
    keep: "Keep as is", close: "Close",
    pauseTitle: "Pause this subscription?", pause: "Pause",
    pauseWhat: "Nothing is lost of what waits: it is held, and delivered after Resume. Events that happen while it is paused are not sent to it.",
    waiting: (n: number) => `${plural(n, "delivery", "deliveries")} waiting now.`,
    resumeTitle: "Resume this subscription?", resume: "Resume", resumeWhat: "What is held is delivered now, and new events are sent again.",
    resumeOpen: "New events are sent again. Its circuit is not closed: what is held goes out once its endpoint answers.",
    rotateTitle: "Rotate the secret?", rotate: "Rotate secret",
    rotateWhat: "A new secret is made. For 24 h every request is signed with both, so the receiver can change over without a gap.",
    leaked: "The old secret leaked: end it now", leakedHint: "Requests are signed with the new one alone, at once",
    rotatedTitle: "Copy the new secret now", rotatedUntil: (until: string) => `It is shown this once. The one before stays valid until ${until}.`, rotatedAlone: "It is shown this once. No former secret is valid any more.",
    notCopied: "It was not copied yet, and it is not shown again.", leave: "Leave without it", done: "Done",
    deleteTitle: "Delete this subscription?", remove: "Delete subscription",
    deleteWhat: "Deliveries that wait are cancelled. The history stays. This cannot be undone.",
    confirm: (host: string) => `Type ${host} to confirm`,
  },
  es: {
    keep: "Dejar como está", close: "Cerrar",
    pauseTitle: "¿Pausar esta suscripción?", pause: "Pausar",
    pauseWhat: "No se pierde nada de lo que espera: se retiene y se entrega al reanudar. Los eventos que ocurran durante la pausa no se le envían.",
    waiting: (n: number) => `Ahora ${n === 1 ? "espera" : "esperan"} ${plural(n, "entrega")}.`,
    resumeTitle: "¿Reanudar esta suscripción?", resume: "Reanudar", resumeWhat: "Lo retenido se entrega ahora, y los eventos nuevos vuelven a enviarse.",
    resumeOpen: "Los eventos nuevos vuelven a enviarse. Su circuito no está cerrado: lo retenido sale cuando su destino responda.",
    rotateTitle: "¿Rotar el secreto?", rotate: "Rotar el secreto",
    rotateWhat: "Se crea un secreto nuevo. Durante 24 h cada petición se firma con ambos, para que el receptor cambie sin cortes.",
    leaked: "El secreto anterior se filtró: anularlo ya", leakedHint: "Las peticiones se firman solo con el nuevo, desde ahora",
    rotatedTitle: "Copie el secreto nuevo ahora", rotatedUntil: (until: string) => `Solo se muestra esta vez. El anterior vale hasta el ${until}.`, rotatedAlone: "Solo se muestra esta vez. Ya no vale ningún secreto anterior.",
    notCopied: "Aún no se ha copiado y no vuelve a mostrarse.", leave: "Salir sin él", done: "Listo",
    deleteTitle: "¿Eliminar esta suscripción?", remove: "Eliminar la suscripción",
    deleteWhat: "Se cancelan las entregas que esperan. El historial se conserva. No se puede deshacer.",
    confirm: (host: string) => `Escriba ${host} para confirmar`,
  },
});

/** The dialog that the page asks with, if it asks. */
export function Dialogs() {
  const asking = asked.value;
  const subscription = asking && subscriptions.value.get(asking.id);
  if (!asking || !subscription) return null;
  const key = `${asking.what} ${asking.id}`;
  switch (asking.what) {
    case "pause": return <SwitchDialog key={key} subscription={subscription} to="disable" />;
    case "resume": return <SwitchDialog key={key} subscription={subscription} to="enable" />;
    case "rotate": return <RotateDialog key={key} subscription={subscription} />;
    case "delete": return <DeleteDialog key={key} subscription={subscription} />;
    case "test": return <TestDialog key={key} subscriptionId={subscription.id} onClose={doneAsking} />;
  }
}

function Subject({ subscription }: { subscription: Subscription }) {
  return <p class="subject"><b>{nameOf(subscription)}</b>{subscription.description && <small>{bareUrl(subscription.url)}</small>}</p>;
}

function SwitchDialog({ subscription, to }: { subscription: Subscription; to: "enable" | "disable" }) {
  const { id, circuit } = subscription;
  const pausing = to === "disable";
  const call = useCall(() => api.post<Subscription>(`webhooks/subscriptions/${id}/${to}`), (changed) => {
    adopt(changed);
    doneAsking();
  }, reloadAll);
  const waiting = figures.value.get(id)?.waiting ?? 0;
  return (
    <Dialog title={pausing ? t.pauseTitle : t.resumeTitle} onClose={doneAsking}>
      <Subject subscription={subscription} />
      <p>{pausing ? t.pauseWhat : circuit.state === "closed" ? t.resumeWhat : t.resumeOpen} {waiting > 0 && t.waiting(waiting)}</p>
      <Refusal problem={call.refused} />
      <div class="dlg-act">
        <button type="button" class="btn primary" disabled={call.busy} onClick={call.run}><Icon name={pausing ? "pause" : "play"} size={14} />{pausing ? t.pause : t.resume}</button>
        <button type="button" class="btn" onClick={doneAsking}>{t.keep}</button>
      </div>
    </Dialog>
  );
}

function RotateDialog({ subscription }: { subscription: Subscription }) {
  const [leaked, setLeaked] = useState(false);
  const [rotated, setRotated] = useState<RotatedSecret | null>(null);
  const path = `webhooks/subscriptions/${subscription.id}/rotate-secret${leaked ? "?end_previous=true" : ""}`;
  const call = useCallOnce(path, (key) => api.post<RotatedSecret>(path, undefined, key), setRotated, reloadAll);
  if (rotated) return <Rotated rotated={rotated} />;
  return (
    <Dialog title={t.rotateTitle} onClose={doneAsking}>
      <Subject subscription={subscription} />
      <p>{t.rotateWhat}</p>
      <label class="check">
        <input type="checkbox" checked={leaked} onChange={(event) => setLeaked(event.currentTarget.checked)} />
        <span><b>{t.leaked}</b><small>{t.leakedHint}</small></span>
      </label>
      <Refusal problem={call.refused} />
      <div class="dlg-act">
        <button type="button" class="btn primary" disabled={call.busy} onClick={call.run}><Icon name="key" size={14} />{t.rotate}</button>
        <button type="button" class="btn" onClick={doneAsking}>{t.keep}</button>
      </div>
    </Dialog>
  );
}

/** Leaving without having copied asks once. */
function Rotated({ rotated }: { rotated: RotatedSecret }) {
  const kept = useSecret();
  const [warned, warn] = useState(false);
  const mayClose = () => {
    if (kept.copied || warned) return true;
    warn(true);
    return false;
  };
  const until = rotated.previous_valid_until;
  return (
    <Dialog title={t.rotatedTitle} onClose={doneAsking} mayClose={mayClose}>
      <p>{until === null ? t.rotatedAlone : t.rotatedUntil(day(Date.parse(until), true))}</p>
      <SecretBox secret={rotated.secret} onCopied={kept.copy} />
      {warned && !kept.copied && <p class="notice" role="status"><Icon name="warn" size={14} /><span>{t.notCopied}</span></p>}
      <div class="dlg-act">
        <SecretCopy secret={rotated.secret} onCopied={kept.copy} />
        <button type="button" class="btn" onClick={() => mayClose() && doneAsking()}>{warned && !kept.copied ? t.leave : t.done}</button>
      </div>
    </Dialog>
  );
}

function DeleteDialog({ subscription }: { subscription: Subscription }) {
  const { id, url } = subscription;
  const { host } = splitUrl(url);
  const [typed, setTyped] = useState("");
  const call = useCall(() => api.remove(`webhooks/subscriptions/${id}`), () => {
    if (query.peek()["edit"] === id) askAddress({ edit: "" }, { replace: true });
    forget(id);
    doneAsking();
  }, reloadAll);
  const confirmed = typed.trim().toLowerCase() === host.toLowerCase();
  const submit = (event: Event) => {
    event.preventDefault();
    if (confirmed) call.run();
  };
  return (
    <Dialog title={t.deleteTitle} onClose={doneAsking}>
      <Subject subscription={subscription} />
      <p>{t.deleteWhat}</p>
      <form onSubmit={submit}>
        <TextField id="s-confirm" label={t.confirm(host)} value={typed} onValue={setTyped} />
        <Refusal problem={call.refused} />
        <div class="dlg-act">
          <button type="submit" class="btn danger" disabled={!confirmed || call.busy}><Icon name="trash" size={15} />{t.remove}</button>
          <button type="button" class="btn" onClick={doneAsking}>{t.keep}</button>
        </div>
      </form>
    </Dialog>
  );
}
