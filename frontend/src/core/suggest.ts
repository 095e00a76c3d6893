/** What the filter bar offers while someone types. */
import { FILTER_KEYS, type FilterKey, SUBSCRIPTION, type Term, isId, keyNamed } from "./filter";
import { texts } from "./language";
import { OUTCOMES, STATUSES } from "./status";

export interface Known {
  /** Event types seen or subscribed to. */
  events: string[];
  endpoints: { id: string; label: string }[];
}

export type Suggestion =
  | { kind: "key"; key: FilterKey | "id"; negated: boolean; hint: string }
  | { kind: "term"; term: Term; label: string }
  | { kind: "open"; id: string };

const HINTS: Record<FilterKey | "id", string> = texts({
  en: {
    status: "delivered, retrying, failed, held …", event: "payment.received, invoice.*", code: "503, 5xx", endpoint: "a subscription's URL",
    outcome: "timeout, http_5xx …", attempt: "2, >1", id: "opens a delivery",
  },
  es: {
    status: "estado: delivered, retrying, failed, held …", event: "evento: payment.received, invoice.*", code: "código: 503, 5xx", endpoint: "la URL de una suscripción",
    outcome: "resultado: timeout, http_5xx …", attempt: "intento: 2, >1", id: "abre una entrega",
  },
});

const LIMIT = 12;

export function suggest(text: string, known: Known): Suggestion[] {
  const [, not = "", bare = ""] = /^(-|not\s+)?(.*)$/i.exec(text.trim()) ?? [];
  const negated = not !== "";
  const needle = bare.toLowerCase();
  const id = needle.replace(/^id\s*:\s*/, "");
  if (isId(id)) return [{ kind: "open", id }];
  const colon = needle.indexOf(":");
  if (colon >= 0) return values(keyNamed(needle.slice(0, colon).trim()), needle.slice(colon + 1).trim(), negated, known).slice(0, LIMIT);
  const keys = ([...FILTER_KEYS, "id"] as const).filter((key) => (key.startsWith(needle) || (key === "endpoint" && SUBSCRIPTION.startsWith(needle))) && !(negated && key === "id"));
  const found: Suggestion[] = keys.map((key) => ({ kind: "key", key, negated, hint: HINTS[key] }));
  if (needle !== "") for (const key of FILTER_KEYS) found.push(...values(key, needle, negated, known));
  return found.slice(0, LIMIT);
}

function values(key: string, needle: string, negated: boolean, known: Known): Suggestion[] {
  const offer = (value: string, label = value): Suggestion => ({ kind: "term", term: { key: key as FilterKey, value, negated }, label });
  const matching = (all: readonly string[]) => all.filter((value) => value.includes(needle)).map((value) => offer(value));
  switch (key) {
    case "status": return matching(STATUSES);
    case "outcome": return matching(OUTCOMES);
    case "event": return matching(withGroups(known.events));
    case "code": return [...matching(["2xx", "3xx", "4xx", "5xx"]), ...(/^[1-5]\d\d$/.test(needle) ? [offer(needle)] : [])];
    case "attempt": return [...(/^[1-9]\d?$/.test(needle) ? [offer(needle)] : []), ...matching([">1", ">2", ">3"])];
    case "endpoint": return endpoints(needle, known).map((each) => offer(each.id, each.label));
    default: return [];
  }
}

/** By URL or id; an id that is not listed is one that was deleted, whose attempts stay. */
function endpoints(needle: string, { endpoints: listed }: Known): Known["endpoints"] {
  const found = listed.filter(({ id, label }) => label.toLowerCase().includes(needle) || id === needle);
  return found.length === 0 && isId(needle) ? [{ id: needle, label: needle }] : found;
}

function withGroups(events: string[]): string[] {
  const groups = events.map((event) => `${event.split(".")[0]}.*`);
  return [...new Set([...groups, ...events])].sort();
}
