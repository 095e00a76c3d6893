import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { mayAct } from "../../boot";
import type { Problem } from "../../core/api";
import { isId } from "../../core/filter";
import { texts } from "../../core/language";
import { type Subscription, nameOf } from "../../core/subscription";
import { type Body, type Draft, type Field, type FieldErrors, changesIn, draftOf, errorsByField, mistakesIn, rebased } from "../../core/subscription-draft";
import { api } from "../../session";
import { adopt, subscriptions, subscriptionsKnown } from "../../subscriptions";
import { Icon } from "../../ui/icon";
import { LookOnly } from "../../ui/look-only";
import { Refusal } from "../../ui/refusal";
import { SidePanel } from "../../ui/side-panel";
import { reloadAll } from "./following";
import { SubscriptionForm } from "./form";
import { RowMenu } from "./row-menu";

const FIELD_NAMES: Record<Field, string> = texts({
  en: {
    url: "URL", events: "events", description: "description", retry_schedule: "retries", secret: "secret", timeout: "timeout", rate_limit: "rate limit", ordering: "order", store_response_body: "response bodies",
  },
  es: {
    url: "URL", events: "eventos", description: "descripción", retry_schedule: "reintentos", secret: "secreto", timeout: "tiempo máximo", rate_limit: "límite de ritmo", ordering: "orden", store_response_body: "respuestas",
  },
});

const t = texts({
  en: {
    title: "Edit subscription", missing: "No such subscription", missingWhy: "It was deleted, or belongs to another tenant.", unread: "The subscription could not be read", save: "Save changes", unchanged: "Nothing changed", discard: "Discard",
    theirs: (fields: string) => `Somebody else changed it meanwhile: ${fields}. What you typed is still here.`,
    clashes: (fields: string) => `Saving writes over their ${fields}.`,
    kept: "What you typed before is still here, and not saved.", gone: "This subscription was deleted. It is shown as it was.", close: "Close",
  },
  es: {
    title: "Editar la suscripción", missing: "No existe la suscripción", missingWhy: "Se eliminó, o es de otra organización.", unread: "No se pudo leer la suscripción", save: "Guardar los cambios", unchanged: "No hay cambios", discard: "Descartar",
    theirs: (fields: string) => `Otra persona la ha cambiado: ${fields}. Lo que usted escribió sigue aquí.`,
    clashes: (fields: string) => `Al guardar se sobrescribe: ${fields}.`,
    kept: "Lo que escribió antes sigue aquí, sin guardar.", gone: "Esta suscripción se ha eliminado. Se muestra como era.", close: "Cerrar",
  },
});

/** A state of it as it was read, and the tag that names that state. */
interface Read {
  subscription: Subscription;
  etag: string | undefined;
}

interface Edit {
  base: Read;
  draft: Draft;
}

/** What was typed outlives the panel, until it is saved or discarded. By the subscription's id. */
const unsaved = new Map<string, Edit>();

export function EditPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const [read, setRead] = useState<Read | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    let gone = false;
    void readAgain(id).then((answer) => {
      if (gone) return;
      if ("subscription" in answer) setRead(answer);
      else setProblem(answer);
    });
    return () => void (gone = true);
  }, [id]);
  const [gone, setGone] = useGone(id, read !== null);
  const missing = problem?.status === 404;
  return (
    <SidePanel title={read ? nameOf(read.subscription) : t.title} beside={read && !gone && <RowMenu subscription={read.subscription} inPanel />} onClose={onClose}>
      {read && <Editor key={id} first={read} gone={gone} onGone={setGone} onClose={onClose} />}
      {problem && <div class="side-in"><p><b>{missing ? t.missing : t.unread}</b></p><p>{missing ? t.missingWhy : problem.detail || problem.title}</p></div>}
    </SidePanel>
  );
}

/** Whether somebody deleted it while its panel is open. A list may be older than it; then it is asked for by name. */
function useGone(id: string, read: boolean): [boolean, () => void] {
  const [gone, setGone] = useState(false);
  const unlisted = read && subscriptionsKnown.value && !subscriptions.value.has(id);
  useEffect(() => {
    if (unlisted) void readAgain(id).then((answer) => setGone(!("subscription" in answer) && answer.status === 404));
  }, [id, unlisted]);
  return [gone, () => setGone(true)];
}

async function readAgain(id: string): Promise<Read | Problem> {
  if (!isId(id)) return { status: 404, title: "", detail: "", errors: {} };
  const answer = await api.get<Subscription>(`webhooks/subscriptions/${id}`);
  return answer.ok ? { subscription: answer.value, etag: answer.etag } : answer.problem;
}

function Editor({ first, gone, onGone, onClose }: { first: Read; gone: boolean; onGone: () => void; onClose: () => void }) {
  const [base, setBase] = useState(first);
  const [begun] = useState(() => beginning(first));
  const [draft, setDraft] = useState<Draft>(begun.draft);
  const latestDraft = useRef(draft);
  latestDraft.current = draft;
  const [errors, setErrors] = useState<FieldErrors>({});
  const [refused, setRefused] = useState<Problem | null>(null);
  const [said, say] = useState(begun.said);
  const sending = useRef(false);
  const [busy, setBusy] = useState(false);
  const { id } = base.subscription;
  const changed = draft.typedEvent !== "" || Object.keys(changesIn(draft, draftOf(base.subscription))).length > 0;
  // Before a key that closes the panel can be pressed.
  useLayoutEffect(() => {
    if (changed) unsaved.set(id, { base, draft });
    else unsaved.delete(id);
  }, [base, draft]);
  const leave = () => {
    unsaved.delete(id);
    onClose();
  };

  const change = (part: Partial<Draft>) => {
    latestDraft.current = { ...latestDraft.current, ...part };
    setDraft(latestDraft.current);
  };
  const save = async () => {
    if (sending.current) return;
    const mistakes = mistakesIn(latestDraft.current);
    setErrors(mistakes);
    setRefused(null);
    if (Object.keys(mistakes).length > 0) return;
    const changes = changesIn(latestDraft.current, draftOf(base.subscription));
    if (Object.keys(changes).length === 0) return leave();
    sending.current = true;
    setBusy(true);
    await send(changes, base);
    sending.current = false;
    setBusy(false);
  };
  const send = async (changes: Body, made: Read): Promise<void> => {
    const answer = await api.patch<Subscription>(`webhooks/subscriptions/${id}`, changes, made.etag);
    if (answer.ok) {
      adopt(answer.value);
      leave();
      reloadAll();
    } else if (answer.problem.status === 412) {
      const latest = await takeOver();
      // A pause or a rotation takes nothing of the form away.
      if (latest !== null) await send(changes, latest);
    } else if (answer.problem.status === 404) onGone();
    else {
      setErrors(answer.problem.errors);
      if (errorsByField(answer.problem.errors).rest.length > 0 || Object.keys(answer.problem.errors).length === 0) setRefused(answer.problem);
    }
  };
  /**
   * It changed meanwhile: what is typed is set upon the state as it is now. Null when somebody changed what the form
   * shows; that is said, and saving is up to the person again.
   */
  const takeOver = async (): Promise<Read | null> => {
    const latest = await readAgain(id);
    if (!("subscription" in latest)) {
      if (latest.status === 404) onGone();
      else setRefused(latest);
      return null;
    }
    const { draft: next, theirs, clashes } = rebased(latestDraft.current, draftOf(base.subscription), draftOf(latest.subscription));
    setBase(latest);
    change(next);
    if (theirs.length === 0) return latest;
    say(theirsWords(theirs, clashes));
    return null;
  };
  const listedAt = subscriptions.value.get(id)?.updated_at ?? base.subscription.updated_at;
  useEffect(() => {
    // The list may be older than what was read here; times of one form sort as text.
    if (listedAt > base.subscription.updated_at && !sending.current) void takeOver();
  }, [listedAt]);
  return (
    <SubscriptionForm draft={draft} errors={errors} creating={false} fixed={gone || !mayAct} onErrors={setErrors} onSubmit={save} onChange={change}>
      {(gone || said) && <p class="notice" role="status"><Icon name="warn" size={14} /><span>{gone ? t.gone : said}</span></p>}
      <Refusal problem={refused} />
      {gone ? <div class="side-f"><button type="button" class="btn" onClick={leave}>{t.close}</button></div> : mayAct ? (
        <div class="side-f">
          <button type="submit" class="btn primary" disabled={busy || !changed}>{t.save}</button>
          <button type="button" class="btn ghost" onClick={leave}>{t.discard}</button>
        </div>
      ) : <LookOnly />}
    </SubscriptionForm>
  );
}

/** What was typed before, set upon the state as it is now. */
function beginning(first: Read): { draft: Draft; said: string } {
  const now = draftOf(first.subscription);
  const before = unsaved.get(first.subscription.id);
  if (before === undefined) return { draft: now, said: "" };
  const { draft, theirs, clashes } = rebased(before.draft, draftOf(before.base.subscription), now);
  return { draft, said: theirs.length === 0 ? t.kept : theirsWords(theirs, clashes) };
}

function theirsWords(theirs: Field[], clashes: Field[]): string {
  return [t.theirs(named(theirs)), clashes.length > 0 ? t.clashes(named(clashes)) : ""].join(" ");
}

function named(fields: Field[]): string {
  return fields.map((field) => FIELD_NAMES[field]).join(", ");
}
