import { signal } from "@preact/signals";
import { useCallOnce } from "../../calling";
import { texts } from "../../core/language";
import { api } from "../../session";
import { Dialog } from "../../ui/dialog";
import { Icon } from "../../ui/icon";
import { Decision } from "./decision";
import { reload } from "./load";

const t = texts({
  en: {
    title: "Cancel this delivery?", what: "No further attempt is made. A replay can still send it later, as a new delivery.",
    cancel: "Cancel delivery", doubt: "It may have been cancelled all the same. Trying again does no harm.",
  },
  es: {
    title: "¿Cancelar esta entrega?", what: "No se hará ningún intento más. Un reenvío puede mandarla después, como una entrega nueva.",
    cancel: "Cancelar la entrega", doubt: "Puede que se haya cancelado igualmente. Reintentarlo no causa ningún daño.",
  },
});

/** The id of the delivery the dialog asks about. */
export const cancellable = signal<string | null>(null);

export function CancelDialog() {
  const id = cancellable.value;
  return id && <Asked key={id} id={id} />;
}

function Asked({ id }: { id: string }) {
  const close = () => {
    cancellable.value = null;
    reload();
  };
  const call = useCallOnce(`cancel ${id}`, (key) => api.cancel(id, key), close, reload);
  return (
    <Dialog title={t.title} onClose={close}>
      <p>{t.what}</p>
      <Decision does={t.cancel} icon={<Icon name="cancelled" size={15} />} look="danger" call={call} doubt={t.doubt} onClose={close} />
    </Dialog>
  );
}
