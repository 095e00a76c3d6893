/**
 * The filter as chips: terms such as `status:failed`, `-event:webhook.test`, `attempt:>1`, `attempt:2`.
 * Terms of one key are alternatives, keys narrow one another, negated terms take away.
 */
import { texts } from "./language";
import type { AttemptRow } from "./protocol";
import { OUTCOMES, STATUSES, STATUS_WORDS, type Status, statusOf } from "./status";

export const FILTER_KEYS = ["status", "event", "code", "endpoint", "outcome", "attempt"] as const;
export type FilterKey = (typeof FILTER_KEYS)[number];

/** An `endpoint` term holds a subscription's id: URLs change and may be shared by several. */
export interface Term {
  readonly key: FilterKey;
  readonly value: string;
  readonly negated: boolean;
}

/** The keys and values stay as they are typed and stand in the address. */
const t = texts({
  en: {
    written: (keys: string) => `Filters are written as key:value; the keys are ${keys} and id.`,
    takes: {
      status: `status is one of ${STATUSES.join(", ")}.`,
      event: "event takes a type such as payment.received, or a group such as invoice.*",
      code: "code takes an HTTP status such as 503, or a class such as 5xx.",
      endpoint: "endpoint takes a part of a URL that only one has, or a subscription's id.",
      outcome: `outcome is one of ${OUTCOMES.join(", ")}.`,
      attempt: "attempt takes a number, such as 2, or a minimum, such as >1.",
    } satisfies Record<FilterKey, string>,
    orLater: (n: number) => `${n} or later`,
  },
  es: {
    written: (keys: string) => `Los filtros se escriben como clave:valor; las claves son ${keys} e id.`,
    takes: {
      status: `status es uno de ${STATUSES.join(", ")}.`,
      event: "event admite un tipo como payment.received, o un grupo como invoice.*",
      code: "code admite un código HTTP como 503, o una clase como 5xx.",
      endpoint: "endpoint admite una parte de una URL que solo tenga una, o el id de una suscripción.",
      outcome: `outcome es uno de ${OUTCOMES.join(", ")}.`,
      attempt: "attempt admite un número, como 2, o un mínimo, como >1.",
    },
    orLater: (n: number) => `${n} o posterior`,
  },
});

/** What a term's key and value are called where it is shown and not typed. */
export const KEY_WORDS: Record<FilterKey, string> = texts({
  en: { status: "status", event: "event", code: "code", endpoint: "endpoint", outcome: "outcome", attempt: "attempt" },
  es: { status: "estado", event: "evento", code: "código", endpoint: "destino", outcome: "resultado", attempt: "intento" },
});

export function valueWords({ key, value }: Term): string {
  if (key === "status") return STATUS_WORDS[value as Status].toLowerCase();
  return key === "attempt" && isMinimum(value) ? t.orLater(lowest(value)) : value;
}

interface WireTerms {
  status?: string[];
  event?: string[];
  code?: string[];
  subscription?: string[];
  outcome?: string[];
  min_attempt?: number;
}
export type WireFilter = WireTerms & { not?: WireTerms };

export type ParsedTerm = { ok: true; term: Term } | { ok: false; problem: string };

/** `not status:failed`, `-status:failed` or `status:failed`. */
export function parseTerm(text: string): ParsedTerm {
  const [, not, key = "", rest = ""] = /^(-|not\s+)?([a-z]+)\s*:\s*(.*)$/i.exec(text.trim()) ?? [];
  const name = keyNamed(key.toLowerCase());
  if (!isKey(name)) return { ok: false, problem: t.written(FILTER_KEYS.join(", ")) };
  const value = canonical(name, rest.trim());
  return value === null ? { ok: false, problem: t.takes[name] } : { ok: true, term: { key: name, value, negated: Boolean(not) } };
}

export function formatTerm(term: Term): string {
  return `${term.negated ? "-" : ""}${term.key}:${term.value}`;
}

/** The URL's form: terms separated by spaces. What cannot be read, of an old bookmark or a slip, is kept as text. */
export function readTerms(text: string): { terms: Term[]; unread: string } {
  let terms: Term[] = [];
  const unread: string[] = [];
  for (const piece of piecesOf(text)) {
    const parsed = parseTerm(piece);
    if (parsed.ok) terms = withTerm(terms, parsed.term);
    else unread.push(piece);
  }
  return { terms, unread: unread.join(" ") };
}

/** "status: failed not code:5xx" is two: a term may have spaces after its "not" and around its colon. */
export function piecesOf(text: string): string[] {
  return text.match(/(?:not\s+)?(?:[^\s:]+\s*:\s*)?\S+/gi) ?? [];
}

export function parseTerms(text: string): Term[] {
  return readTerms(text).terms;
}

export function formatTerms(terms: readonly Term[]): string {
  return terms.map(formatTerm).join(" ");
}

/** Adds a term. It replaces its own opposite, and of attempts there is one number or minimum that is asked for, and one minimum that is not. */
export function withTerm(terms: readonly Term[], added: Term): Term[] {
  const leavesOutNumbers = ({ value, negated }: Term) => negated && !isMinimum(value);
  const replaces = (term: Term) => term.key === "attempt" && term.negated === added.negated && !leavesOutNumbers(term) && !leavesOutNumbers(added);
  const clashes = (term: Term) => term.key === added.key && (term.value === added.value || replaces(term));
  return [...terms.filter((term) => !clashes(term)), added];
}

export function withoutTerm(terms: readonly Term[], removed: Term): Term[] {
  return terms.filter((term) => formatTerm(term) !== formatTerm(removed));
}

/** What the server evaluates. */
export function toWire(terms: readonly Term[]): WireFilter {
  const asked = terms.filter((term) => !term.negated);
  const wire: WireFilter = wireTerms(asked, wireStatuses);
  const not = wireTerms(terms.filter((term) => term.negated && !isOneAttempt(term)), wireNegatedStatuses);
  const only = asked.find(isOneAttempt);
  if (only) not.min_attempt = Math.min(lowest(only.value) + 1, not.min_attempt ?? Infinity);
  if (Object.keys(not).length > 0) wire.not = not;
  return wire;
}

/**
 * What is left for the page: the wire knows PENDING and RETRYING, and only the page tells them apart from held; and it
 * knows minima of attempts, so that one number alone cannot be taken away on it. Null when the server's answer needs no second look.
 */
export function residual(terms: readonly Term[]): ((row: AttemptRow) => boolean) | null {
  const statuses = statusesLeft(terms);
  const attempts = new Set(terms.filter((term) => term.negated && isOneAttempt(term)).map((term) => Number(term.value)));
  if (attempts.size === 0) return statuses;
  return (row) => !attempts.has(row.attempt) && (statuses?.(row) ?? true);
}

function statusesLeft(terms: readonly Term[]): ((row: AttemptRow) => boolean) | null {
  const statuses = terms.filter((term) => term.key === "status");
  if (!statuses.some(({ value }) => READINGS.some(({ read }) => read.length > 1 && read.includes(value)))) return null;
  const wanted = new Set(statuses.filter((term) => !term.negated).map((term) => term.value));
  const unwanted = new Set(statuses.filter((term) => term.negated).map((term) => term.value));
  return (row) => {
    const status = statusOf(row);
    return (wanted.size === 0 || wanted.has(status)) && !unwanted.has(status);
  };
}

export const SUBSCRIPTION = "subscription";
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

export function isId(text: string): boolean {
  return UUID.test(text);
}

/** Who knows the API calls an endpoint by what it is of. */
export function keyNamed(name: string): string {
  return name === SUBSCRIPTION ? "endpoint" : name;
}

function isKey(name: string): name is FilterKey {
  return (FILTER_KEYS as readonly string[]).includes(name);
}

function canonical(key: FilterKey, value: string): string | null {
  const lower = value.toLowerCase();
  switch (key) {
    case "status": return (STATUSES as readonly string[]).includes(lower) ? lower : null;
    case "outcome": return (OUTCOMES as readonly string[]).includes(lower) ? lower : null;
    case "event": return /^(\*|[a-z_]+\.(\*|[a-z_]+))$/.test(lower) ? lower : null;
    case "code": return /^[1-5](xx|\d\d)$/.test(lower) ? lower : null;
    case "endpoint": return isId(lower) ? lower : null;
    case "attempt": return attempts(value);
  }
}

/** "2" is that attempt alone, ">1" is it and those after it. */
function attempts(value: string): string | null {
  const [, sign = "", digits] = /^(>=?|=)?\s*(\d{1,3})$/.exec(value) ?? [];
  if (digits === undefined) return null;
  const number = Number(digits);
  if (!sign.startsWith(">")) return number === 0 ? null : String(number);
  const above = sign === ">" ? number : number - 1;
  return above < 0 ? null : `>${above}`;
}

function isMinimum(value: string): boolean {
  return value.startsWith(">");
}

function isOneAttempt({ key, value }: Term): boolean {
  return key === "attempt" && !isMinimum(value);
}

/** The first attempt that a value means. */
function lowest(value: string): number {
  return isMinimum(value) ? Number(value.slice(1)) + 1 : Number(value);
}

function wireTerms(terms: Term[], statuses: (values: string[]) => string[]): WireTerms {
  const values = (key: FilterKey) => terms.filter((term) => term.key === key).map((term) => term.value);
  const wire: WireTerms = {};
  const lists = { status: statuses(values("status")), event: values("event"), code: values("code"), subscription: values("endpoint"), outcome: values("outcome") };
  for (const [key, list] of Object.entries(lists)) {
    if (list.length > 0) wire[key as keyof typeof lists] = list;
  }
  const attempt = values("attempt")[0];
  if (attempt) wire.min_attempt = lowest(attempt);
  return wire;
}

/** What a row of each status may be called here: the wire has no word for held. */
const READINGS: readonly { status: string; read: readonly string[] }[] = STATUSES.filter((status) => status !== "held").map((status) => ({
  status: status.toUpperCase(),
  read: status === "pending" || status === "retrying" ? [status, "held"] : [status],
}));

function wireStatuses(values: string[]): string[] {
  return READINGS.filter(({ read }) => read.some((word) => values.includes(word))).map(({ status }) => status);
}

/** What only some rows of a status are called may not be taken away on the wire: the others would go with them. */
function wireNegatedStatuses(values: string[]): string[] {
  return READINGS.filter(({ read }) => read.every((word) => values.includes(word))).map(({ status }) => status);
}
