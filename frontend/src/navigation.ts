/** The filter and the open delivery live in the URL, so that both can be shared and undone with Back. */
import { batch, signal } from "@preact/signals";
import { type Term, formatTerms, readTerms } from "./core/filter";

export interface Opened {
  id: string;
  /** The attempt a row stood for; null for the latest. */
  attempt: number | null;
}

const initial = read();
export const terms = signal<readonly Term[]>(initial.terms);
export const opened = signal<Opened | null>(initial.opened);
/** What of the filter the page was opened with is none: the filter bar shows it, the address no longer does. */
export const { unread } = initial;
if (unread !== "") history.replaceState(null, "", url());

addEventListener("popstate", () => {
  const { terms: now, opened: shown } = read();
  batch(() => {
    if (formatTerms(now) !== formatTerms(terms.value)) terms.value = now;
    opened.value = shown;
  });
});

export function filterBy(next: readonly Term[]): void {
  if (formatTerms(next) === formatTerms(terms.value)) return;
  terms.value = next;
  history.pushState(null, "", url());
}

export function openDelivery(id: string): void {
  opened.value = { id, attempt: null };
  history.pushState(null, "", url());
}

/** Opens what a row of the list stands for. Stepping from row to row is one stop of Back, not twenty. */
export function openAttempt(id: string, attempt: number): void {
  const stepping = opened.value !== null;
  opened.value = { id, attempt };
  if (stepping) history.replaceState(null, "", url());
  else history.pushState(null, "", url());
}

export function closeDelivery(): void {
  if (opened.value === null) return;
  opened.value = null;
  history.pushState(null, "", url());
}

function read(): { terms: Term[]; unread: string; opened: Opened | null } {
  const query = new URLSearchParams(location.search);
  const id = query.get("delivery");
  return { ...readTerms(query.get("q") ?? ""), opened: id ? { id, attempt: null } : null };
}

/** Other parameters, such as the tenant, stay. */
function url(): string {
  const query = new URLSearchParams(location.search);
  set(query, "q", formatTerms(terms.value));
  set(query, "delivery", opened.value?.id ?? "");
  const text = query.toString().replaceAll("%3A", ":").replaceAll("%3E", ">").replaceAll("%2A", "*");
  return text === "" ? location.pathname : `${location.pathname}?${text}`;
}

function set(query: URLSearchParams, name: string, value: string): void {
  if (value === "") query.delete(name);
  else query.set(name, value);
}
