/** What is typed into the filter bar, what is offered for it, and which offer is marked. */
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { isId, parseTerm, withTerm } from "../../core/filter";
import { type Suggestion, suggest } from "../../core/suggest";
import { seenEvents, selected } from "../../live";
import { filterBy, openDelivery, terms, unread } from "../../navigation";
import { endpoints, subscriptions } from "../../subscriptions";
import { typedLabel } from "./chips";
import { termsOfRow } from "./row-terms";

/** Set by the `f` key: offer the selected row's values instead of what is typed. */
export const offersRow = signal(false);

const NONE_MARKED = -1;

export interface FilterInput {
  typed: string;
  problem: string;
  open: boolean;
  offered: Suggestion[];
  marked: number;
  type(text: string): void;
  show(): void;
  close(): void;
  clear(): void;
  mark(step: 1 | -1): void;
  take(offer: Suggestion): void;
  submit(): void;
  /** Completes a key that is being typed; false when there is none to complete. */
  complete(): boolean;
}

export function useFilterInput(): FilterInput {
  const [typed, setTyped] = useState(unread);
  const [open, setOpen] = useState(false);
  const [marked, setMarked] = useState(NONE_MARKED);
  const [problem, setProblem] = useState(() => problemOf(unread));
  const offered = open ? offersFor(typed) : [];

  const close = () => {
    setOpen(false);
    setMarked(NONE_MARKED);
    offersRow.value = false;
  };
  const type = (text: string) => {
    close();
    setTyped(text);
    setProblem("");
    setOpen(true);
  };
  const clear = () => {
    type("");
    close();
  };
  const take = (offer: Suggestion) => {
    if (offer.kind === "key") return type(`${offer.negated ? "-" : ""}${offer.key}:`);
    clear();
    if (offer.kind === "term") filterBy(withTerm(terms.value, offer.term));
    else openDelivery(offer.id);
  };
  const submit = () => {
    if (typed.trim() === "" && marked === NONE_MARKED) return close();
    const read = offered[marked] ?? readAs(typed, offered);
    if (typeof read === "string") setProblem(read);
    else take(read);
  };
  const complete = () => {
    const first = offered[Math.max(marked, 0)];
    if (typed === "" || first?.kind !== "key") return false;
    take(first);
    return true;
  };
  const mark = (step: 1 | -1) => {
    setOpen(true);
    setMarked(Math.max(NONE_MARKED, Math.min(offered.length - 1, marked + step)));
  };
  return { typed, problem, open, offered, marked, type, show: () => setOpen(true), close, clear, mark, take, submit, complete };
}

/** What Enter means by a text: an id, a whole term, the one offer left, or the first value that fits. Otherwise what is wrong. */
function readAs(typed: string, offered: Suggestion[]): Suggestion | string {
  const id = typed.trim().replace(/^id\s*:\s*/i, "");
  if (isId(id)) return { kind: "open", id };
  const parsed = parseTerm(typed);
  if (parsed.ok) return { kind: "term", term: parsed.term, label: "" };
  const fitting = typed.includes(":") ? offered.slice(0, offered.length === 1 ? 1 : 0) : offered.filter((offer) => offer.kind === "term");
  return fitting[0] ?? parsed.problem;
}

/** What Enter would say of a text with no offers; nothing of one that it would take. */
function problemOf(text: string): string {
  const read = text === "" ? "" : readAs(text, []);
  return typeof read === "string" ? read : "";
}

function offersFor(typed: string): Suggestion[] {
  if (offersRow.value && selected.value !== null) return termsOfRow(selected.value).map((term) => ({ kind: "term", term, label: typedLabel(term) }));
  const subscribed = [...subscriptions.value.values()].flatMap((each) => each.events);
  const types = [...new Set([...seenEvents, ...subscribed])].filter((event) => !event.includes("*"));
  return suggest(typed, { events: types, endpoints: endpoints.value });
}
