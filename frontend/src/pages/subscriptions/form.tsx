import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { mayAct } from "../../boot";
import { plural } from "../../core/format";
import { texts } from "../../core/language";
import { type Draft, type FieldErrors, type Field as Named, errorsByField } from "../../core/subscription-draft";
import { eventPatterns, eventTypes } from "../../event-types";
import { Choices, Field, TextField, describedBy } from "../../ui/field";
import { PatternField } from "../../ui/pattern-field";

const t = texts({
  en: {
    url: "URL", urlLike: "https://hooks.example.com/gestiq", events: "Events", eventsHint: (n: number) => `${plural(n, "type")}; invoice.* also matches future ones`, eventsLike: "invoice.*, payment.received",
    description: "Description", optional: "Optional", retries: "Retries", fast: "Fast", fastHint: "After 1, 2 and 4 s", durable: "Durable", durableHint: "7 retries, 5\u00a0s to 10\u00a0h apart",
    own: "My own", ownHint: "Up to 10 waits", waits: "Seconds before each retry", waitsHint: "Empty: no retries",
    secret: "Secret", generate: "Generate", generateHint: "32 random bytes", ownSecret: "Use my own", ownSecretHint: "8 to 128 characters", yourSecret: "Your secret",
    more: "More", timeout: "Timeout, seconds", timeoutHint: "Empty: the default", rate: "Attempts a second, at most", rateHint: "Empty: no limit",
    ordered: "In order", orderedHint: "Events of one thing go one at a time, in the order they happened",
    store: "Keep response bodies", storeHint: "Shown with each attempt, up to 16 KB",
  },
  es: {
    url: "URL", urlLike: "https://hooks.example.com/gestiq", events: "Eventos", eventsHint: (n: number) => `${plural(n, "tipo")}; invoice.* incluye los futuros`, eventsLike: "invoice.*, payment.received",
    description: "Descripción", optional: "Opcional", retries: "Reintentos", fast: "Rápidos", fastHint: "Tras 1, 2 y 4 s", durable: "Duraderos", durableHint: "7 reintentos, de 5\u00a0s a 10\u00a0h",
    own: "A medida", ownHint: "Hasta 10 esperas", waits: "Segundos antes de cada reintento", waitsHint: "Vacío: sin reintentos",
    secret: "Secreto", generate: "Generar", generateHint: "32 bytes aleatorios", ownSecret: "Usar el mío", ownSecretHint: "De 8 a 128 caracteres", yourSecret: "Su secreto",
    more: "Más", timeout: "Tiempo máximo, segundos", timeoutHint: "Vacío: el predeterminado", rate: "Intentos por segundo, máximo", rateHint: "Vacío: sin límite",
    ordered: "En orden", orderedHint: "Los eventos de una misma cosa van de uno en uno, en el orden en que ocurrieron",
    store: "Guardar las respuestas", storeHint: "Se muestran con cada intento, hasta 16 KB",
  },
});

const MORE: Named[] = ["timeout", "rate_limit", "ordering", "store_response_body"];

interface Props {
  draft: Draft;
  errors: FieldErrors;
  /** A secret is given when a subscription is made; later it is rotated. */
  creating: boolean;
  /** There is nothing to change any more. */
  fixed?: boolean;
  onChange: (change: Partial<Draft>) => void;
  onErrors: (change: (errors: FieldErrors) => FieldErrors) => void;
  onSubmit: () => void;
  children: ComponentChildren;
}

/** All that a person can say of a subscription. */
export function SubscriptionForm({ draft, errors, creating, fixed = !mayAct, onChange, onErrors, onSubmit, children }: Props) {
  const form = useRef<HTMLFormElement>(null);
  const { of: wrong } = errorsByField(errors);
  // A field that is put right says nothing more of its error.
  const set = (name: Named, change: Partial<Draft>) => {
    onChange(change);
    if (wrong[name]) onErrors((all) => Object.fromEntries(Object.entries(all).filter(([path]) => path.split(".")[0] !== name)));
  };
  // After a refusal, and never while somebody goes from field to field.
  const submitted = useRef(false);
  useEffect(() => {
    if (!submitted.current || Object.keys(errors).length === 0) return;
    submitted.current = false;
    form.current!.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  }, [errors]);
  const submit = (event: Event) => {
    event.preventDefault();
    submitted.current = true;
    onSubmit();
  };
  return (
    <form ref={form} class="side-in" noValidate onSubmit={submit}>
      <fieldset class="bare" disabled={fixed}>
        <TextField id="s-url" label={t.url} value={draft.url} error={wrong.url} placeholder={t.urlLike} inputMode="url" first={creating} onValue={(url) => set("url", { url })} />
        <EventsField draft={draft} fixed={fixed} error={wrong.events} set={(change) => set("events", change)} onProblem={(problem) => onErrors((all) => ({ ...all, events: [problem] }))} />
        <TextField id="s-description" label={t.description} hint={t.optional} value={draft.description} error={wrong.description} maxLength={200} onValue={(description) => set("description", { description })} />
        <Choices name="retries" label={t.retries} value={draft.retries} onValue={(retries) => set("retry_schedule", { retries })}
          choices={[{ value: "fast", label: t.fast, hint: t.fastHint }, { value: "durable", label: t.durable, hint: t.durableHint }, { value: "own", label: t.own, hint: t.ownHint }]} />
        {draft.retries === "own" && <TextField id="s-waits" label={t.waits} hint={t.waitsHint} value={draft.waits} error={wrong.retry_schedule} placeholder="1, 30, 600" onValue={(waits) => set("retry_schedule", { waits })} />}
        {creating && <Choices name="secret" label={t.secret} value={draft.ownSecret ? "own" : "made"} onValue={(kind) => set("secret", { ownSecret: kind === "own" })}
          choices={[{ value: "made", label: t.generate, hint: t.generateHint }, { value: "own", label: t.ownSecret, hint: t.ownSecretHint }]} />}
        {creating && draft.ownSecret && <TextField id="s-secret" label={t.yourSecret} value={draft.secret} error={wrong.secret} mono onValue={(secret) => set("secret", { secret })} />}
        <details class="more" open={MORE.some((name) => wrong[name]) || isUnusual(draft)}>
          <summary>{t.more}</summary>
          <div class="two">
            <TextField id="s-timeout" label={t.timeout} hint={t.timeoutHint} value={draft.timeout} error={wrong.timeout} inputMode="decimal" onValue={(timeout) => set("timeout", { timeout })} />
            <TextField id="s-rate" label={t.rate} hint={t.rateHint} value={draft.rateLimit} error={wrong.rate_limit} inputMode="numeric" onValue={(rateLimit) => set("rate_limit", { rateLimit })} />
          </div>
          <Check label={t.ordered} hint={t.orderedHint} checked={draft.ordered} onValue={(ordered) => set("ordering", { ordered })} />
          <Check label={t.store} hint={t.storeHint} checked={draft.storeBody} onValue={(storeBody) => set("store_response_body", { storeBody })} />
        </details>
      </fieldset>
      {children}
    </form>
  );
}

function EventsField({ draft, fixed, error, set, onProblem }: { draft: Draft; fixed: boolean; error: string | undefined; set: (change: Partial<Draft>) => void; onProblem: (problem: string) => void }) {
  const n = eventTypes.value.length;
  const hint = n === 0 ? undefined : t.eventsHint(n);
  return (
    <Field id="s-events" label={t.events} hint={hint} error={error}>
      <PatternField id="s-events" patterns={eventPatterns.value} chosen={draft.events} fixed={fixed} typed={draft.typedEvent} placeholder={t.eventsLike} described={describedBy({ id: "s-events", hint, error })} invalid={error !== undefined}
        onChosen={(events) => set({ events, typedEvent: "" })} onTyped={(typedEvent) => set({ typedEvent })} onUnknown={(_, problem) => onProblem(problem)} />
    </Field>
  );
}

function Check({ label, hint, checked, onValue }: { label: string; hint: string; checked: boolean; onValue: (checked: boolean) => void }) {
  return (
    <label class="check">
      <input type="checkbox" checked={checked} onChange={(event) => onValue(event.currentTarget.checked)} />
      <span><b>{label}</b><small>{hint}</small></span>
    </label>
  );
}

/** Whether the folded part has something that should be seen. */
function isUnusual({ rateLimit, ordered, storeBody }: Draft): boolean {
  return rateLimit !== "" || ordered || !storeBody;
}
