import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import type { Problem } from "../../core/api";
import { api } from "../../session";
import { Dialog } from "../../ui/dialog";
import { Icon } from "../../ui/icon";
import { reload } from "./load";

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
    <Dialog title="Cancel this delivery?" onClose={close}>
      <p>No further attempt is made. A replay can still send it later, as a new delivery.</p>
      {refused && <p class="refusal" role="alert"><Icon name="warn" size={14} />{refused.detail || refused.title}</p>}
      <div class="dlg-act">
        {!refused && <button type="button" class="btn danger" disabled={busy} onClick={cancel}><Icon name="cancelled" size={15} />Cancel delivery</button>}
        <button type="button" class="btn" onClick={close}>{refused ? "Close" : "Keep as is"}</button>
      </div>
    </Dialog>
  );
}
