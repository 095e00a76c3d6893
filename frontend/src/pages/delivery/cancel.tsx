import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import type { Problem } from "../../core/api";
import { texts } from "../../core/language";
import { api } from "../../session";
import { Dialog } from "../../ui/dialog";
import { Icon } from "../../ui/icon";
import { reload } from "./load";

const t = texts({
  en: {
    title: "Cancel this delivery?", what: "No further attempt is made. A replay can still send it later, as a new delivery.",
    cancel: "Cancel delivery", close: "Close", keep: "Keep as is",
  },
  es: {
    title: "¿Cancelar esta entrega?", what: "No se hará ningún intento más. Un reenvío puede mandarla después, como una entrega nueva.",
    cancel: "Cancelar la entrega", close: "Cerrar", keep: "Dejar como está",
  },
});

/** The id of the delivery the dialog asks about. */
export const cancellable = signal<string | null>(null);

export function CancelDialog() {
  const id = cancellable.value;
  return id && <Asked key={id} id={id} />;
}

function Asked({ id }: { id: string }) {
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<Problem | null>(null);
  const close = () => {
    cancellable.value = null;
    reload();
  };
  const cancel = async () => {
    setBusy(true);
    const answer = await api.cancel(id);
    setBusy(false);
    if (answer.ok) return close();
    setRefused(answer.problem);
    reload();
  };
  return (
    <Dialog title={t.title} onClose={close}>
      <p>{t.what}</p>
      {refused && <p class="refusal" role="alert"><Icon name="warn" size={14} />{refused.detail || refused.title}</p>}
      <div class="dlg-act">
        {!refused && <button type="button" class="btn danger" disabled={busy} onClick={cancel}><Icon name="cancelled" size={15} />{t.cancel}</button>}
        <button type="button" class="btn" onClick={close}>{refused ? t.close : t.keep}</button>
      </div>
    </Dialog>
  );
}
