/** What is typed into the filter bar, what is offered for it, and which offer is marked. */
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { type Term, withTerm } from "../../core/filter";
import { readEntered } from "../../core/filter-text";
import { type Known, type Suggestion, suggest } from "../../core/suggest";
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
  const [problem, setProblem] = useState(() => problemIn(unread));
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
    const chosen = offered[marked];
    if (chosen) return take(chosen);
    const read = readEntered(typed, known());
    if (read.kind === "open") return take(read);
    clear();
    setTyped(read.unread);
    setProblem(read.problem);
    filterBy(read.terms.reduce<readonly Term[]>(withTerm, terms.value));
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

function problemIn(text: string): string {
  const read = text === "" ? null : readEntered(text, { events: [], endpoints: [] });
  return read?.kind === "terms" ? read.problem : "";
}

function offersFor(typed: string): Suggestion[] {
  if (offersRow.value && selected.value !== null) return termsOfRow(selected.value).map((term) => ({ kind: "term", term, label: typedLabel(term) }));
  return suggest(typed, known());
}

function known(): Known {
  const subscribed = [...subscriptions.value.values()].flatMap((each) => each.events);
  const types = [...new Set([...seenEvents, ...subscribed])].filter((event) => !event.includes("*"));
  return { events: types, endpoints: endpoints.value };
}
