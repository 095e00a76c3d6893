/** What stands in the form of a subscription: text as it was typed, and what REST takes of it. */
import { texts } from "./language";
import type { Subscription } from "./subscription";

export interface Draft {
  url: string;
  events: readonly string[];
  /** What stands in the events' field and was not taken into the list yet. */
  typedEvent: string;
  description: string;
  retries: "fast" | "durable" | "own";
  /** Seconds, separated by commas or spaces. */
  waits: string;
  ownSecret: boolean;
  secret: string;
  timeout: string;
  rateLimit: string;
  ordered: boolean;
  storeBody: boolean;
}

export const NEW_DRAFT: Draft = {
  url: "", events: [], typedEvent: "", description: "", retries: "fast", waits: "", ownSecret: false, secret: "", timeout: "", rateLimit: "", ordered: false, storeBody: true,
};

const t = texts({
  en: {
    url: "Enter the URL that receives the events.",
    events: "Choose at least one event.",
    unfinished: (text: string) => `“${text}” is no event type: finish or remove it.`,
    waits: "Write seconds, for example 1, 30, 600.",
    number: "Write a number.",
    secret: "Enter the secret, or let one be generated.",
  },
  es: {
    url: "Escriba la URL que recibe los eventos.",
    events: "Elija al menos un evento.",
    unfinished: (text: string) => `«${text}» no es un tipo de evento: complételo o quítelo.`,
    waits: "Escriba segundos, por ejemplo 1, 30, 600.",
    number: "Escriba un número.",
    secret: "Escriba el secreto, o deje que se genere.",
  },
});

/** By the names that REST has for the fields. */
export type FieldErrors = Readonly<Record<string, readonly string[]>>;
export type Body = Record<string, unknown>;

export const FIELDS = ["url", "events", "description", "retry_schedule", "secret", "timeout", "rate_limit", "ordering", "store_response_body"] as const;
export type Field = (typeof FIELDS)[number];

export function draftOf(subscription: Subscription): Draft {
  const { url, events, description, retry_schedule: schedule, timeout, rate_limit: limit, ordering, store_response_body: storeBody } = subscription;
  const named = schedule === "fast" || schedule === "durable";
  return {
    ...NEW_DRAFT, url, events, description, storeBody,
    retries: named ? schedule : "own",
    waits: Array.isArray(schedule) ? schedule.join(", ") : "",
    timeout: String(timeout),
    rateLimit: limit === null ? "" : String(limit),
    ordered: ordering === "entity",
  };
}

/** What can be seen to be wrong without asking the server. */
export function mistakesIn(draft: Draft): FieldErrors {
  const wrong: Record<string, string[]> = {};
  if (draft.url.trim() === "") wrong["url"] = [t.url];
  if (draft.typedEvent.trim() !== "") wrong["events"] = [t.unfinished(draft.typedEvent.trim())];
  else if (draft.events.length === 0) wrong["events"] = [t.events];
  if (draft.retries === "own" && waitsOf(draft.waits).some(Number.isNaN)) wrong["retry_schedule"] = [t.waits];
  if (draft.ownSecret && draft.secret === "") wrong["secret"] = [t.secret];
  if (Number.isNaN(numberOf(draft.timeout))) wrong["timeout"] = [t.number];
  if (Number.isNaN(numberOf(draft.rateLimit))) wrong["rate_limit"] = [t.number];
  return wrong;
}

/** A null stands for the server's default. */
export function bodyOf(draft: Draft): Body {
  return {
    url: draft.url.trim(),
    events: draft.events,
    description: draft.description.trim(),
    retry_schedule: draft.retries === "own" ? waitsOf(draft.waits) : draft.retries,
    timeout: numberOf(draft.timeout),
    rate_limit: numberOf(draft.rateLimit),
    ordering: draft.ordered ? "entity" : null,
    store_response_body: draft.storeBody,
    ...(draft.ownSecret ? { secret: draft.secret } : {}),
  };
}

/** Only what differs from how it was: a PATCH must not write over what somebody else changed. */
export function changesIn(draft: Draft, before: Draft): Body {
  const was = bodyOf(before);
  return Object.fromEntries(Object.entries(bodyOf(draft)).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(was[name])));
}

/**
 * A draft made from a state that is no longer the latest: what was typed stays, the rest is as it is now.
 * `theirs` names what somebody else changed, `clashes` what of it was changed here too.
 */
export function rebased(draft: Draft, before: Draft, latest: Draft): { draft: Draft; theirs: Field[]; clashes: Field[] } {
  const mine = changesIn(draft, before);
  const theirs = namesIn(changesIn(latest, before));
  const clashes = namesIn(mine).filter((name) => theirs.includes(name));
  const kept = Object.fromEntries(namesIn(mine).flatMap((name) => DRAFT_KEYS[name].map((key) => [key, draft[key]])));
  return { draft: { ...latest, ...kept }, theirs, clashes };
}

/** Whose errors belong to which field: `events.0` is the events'. What belongs to none comes last. */
export function errorsByField(errors: FieldErrors): { of: Partial<Record<Field, string>>; rest: string[] } {
  const of: Partial<Record<Field, string>> = {};
  const rest: string[] = [];
  for (const [path, messages] of Object.entries(errors)) {
    const field = FIELDS.find((name) => path === name || path.startsWith(`${name}.`) || path.endsWith(`.${name}`));
    if (field === undefined) rest.push(...messages);
    else of[field] ??= messages.join(" ");
  }
  return { of, rest };
}

const DRAFT_KEYS: Record<Field, (keyof Draft)[]> = {
  url: ["url"], events: ["events", "typedEvent"], description: ["description"], retry_schedule: ["retries", "waits"], secret: ["ownSecret", "secret"],
  timeout: ["timeout"], rate_limit: ["rateLimit"], ordering: ["ordered"], store_response_body: ["storeBody"],
};

function namesIn(body: Body): Field[] {
  return FIELDS.filter((name) => name in body);
}

function waitsOf(text: string): number[] {
  return text.split(/[\s,;]+/).filter(Boolean).map(Number);
}

function numberOf(text: string): number | null {
  return text.trim() === "" ? null : Number(text.trim().replace(",", "."));
}
