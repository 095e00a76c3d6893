import type { ComponentChildren } from "preact";
import type { Problem } from "../../core/api";
import { texts } from "../../core/language";
import { Icon } from "../../ui/icon";
import { Refusal } from "../../ui/refusal";

const t = texts({
  en: { close: "Close", keep: "Keep as is", again: "Try again" },
  es: { close: "Cerrar", keep: "Dejar como está", again: "Reintentar" },
});

interface Props {
  /** What the button does that does it. */
  does: string;
  icon: ComponentChildren;
  look: "primary" | "danger";
  call: { refused: Problem | null; inDoubt: boolean; busy: boolean; run: () => void };
  /** What is said while nobody knows whether it was done. */
  doubt: string;
  onClose: () => void;
}

/** Doing it or not; after a refusal there is nothing to be done, and where no answer came it can be done again. */
export function Decision({ does, icon, look, call: { refused, inDoubt, busy, run }, doubt, onClose }: Props) {
  const over = refused !== null && !inDoubt;
  return (
    <>
      <Refusal problem={refused} />
      {inDoubt && <p class="notice" role="status"><Icon name="warn" size={14} /><span>{doubt}</span></p>}
      <div class="dlg-act">
        {!over && <button type="button" class={`btn ${look}`} disabled={busy} onClick={run}>{icon}{inDoubt ? t.again : does}</button>}
        <button type="button" class="btn" onClick={onClose}>{refused || inDoubt ? t.close : t.keep}</button>
      </div>
    </>
  );
}
