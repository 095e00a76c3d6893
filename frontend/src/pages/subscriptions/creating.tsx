import { signal } from "@preact/signals";
import { useRef, useState } from "preact/hooks";
import type { Problem } from "../../core/api";
import { texts } from "../../core/language";
import { Once } from "../../core/once";
import type { Subscription } from "../../core/subscription";
import { type Draft, type FieldErrors, NEW_DRAFT, bodyOf, errorsByField, mistakesIn } from "../../core/subscription-draft";
import { api } from "../../session";
import { adopt } from "../../subscriptions";
import { Refusal } from "../../ui/refusal";
import { SidePanel } from "../../ui/side-panel";
import { created } from "./created";
import { reloadAll } from "./following";
import { SubscriptionForm } from "./form";

const t = texts({
  en: { title: "New subscription", create: "Create subscription", discard: "Discard" },
  es: { title: "Suscripción nueva", create: "Crear la suscripción", discard: "Descartar" },
});

/** What was typed outlives the panel, until it is created or discarded. */
const draft = signal<Draft>(NEW_DRAFT);
const once = new Once();

export function CreatePanel({ onClose }: { onClose: () => void }) {
  const [errors, setErrors] = useState<FieldErrors>({});
  const [refused, setRefused] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const sending = useRef(false);

  const create = async () => {
    if (sending.current) return;
    const mistakes = mistakesIn(draft.peek());
    setErrors(mistakes);
    setRefused(null);
    if (Object.keys(mistakes).length > 0) return;
    sending.current = true;
    setBusy(true);
    const body = bodyOf(draft.peek());
    const answer = await api.post<Subscription>("webhooks/subscriptions", body, once.keyFor(body));
    sending.current = false;
    setBusy(false);
    if (answer.ok) return finish(answer.value);
    once.refused(answer.problem.status);
    setErrors(answer.problem.errors);
    if (errorsByField(answer.problem.errors).rest.length > 0 || Object.keys(answer.problem.errors).length === 0) setRefused(answer.problem);
  };
  const finish = ({ secret, ...subscription }: Subscription) => {
    draft.value = NEW_DRAFT;
    created.value = { id: subscription.id, secret };
    adopt({ ...subscription, secret: "" });
    onClose();
    reloadAll();
  };
  const discard = () => {
    draft.value = NEW_DRAFT;
    onClose();
  };
  return (
    <SidePanel title={t.title} mark={<span class="step">1</span>} onClose={onClose}>
      <SubscriptionForm draft={draft.value} errors={errors} creating onErrors={setErrors} onSubmit={create} onChange={(change) => (draft.value = { ...draft.peek(), ...change })}>
        <Refusal problem={refused} />
        <div class="side-f">
          <button type="submit" class="btn primary" disabled={busy}>{t.create}</button>
          <button type="button" class="btn ghost" onClick={discard}>{t.discard}</button>
        </div>
      </SubscriptionForm>
    </SidePanel>
  );
}
