import { useRef } from "preact/hooks";
import { KEY_WORDS, type Term, valueWords } from "../../core/filter";
import { texts } from "../../core/language";
import type { Suggestion } from "../../core/suggest";
import { filterBy, terms } from "../../navigation";
import { shortcuts } from "../../preferences";
import { Icon } from "../../ui/icon";
import { useNarrow } from "../../ui/narrow";
import { Chips, FoldedChips } from "./chips";
import { type FilterInput, useFilterInput } from "./filter-input";

const t = texts({
  en: { not: "not", filter: "Filter", placeholder: "Add a filter: status, code, event, endpoint, outcome, attempt, id", suggestions: "Suggestions", open: "Open delivery" },
  es: { not: "no", filter: "Filtrar", placeholder: "Añada un filtro: status, code, event, endpoint, outcome, attempt, id", suggestions: "Sugerencias", open: "Abrir la entrega" },
});

const INPUT_ID = "filter";

export function focusFilter(): void {
  document.getElementById(INPUT_ID)?.focus();
}

export function FilterBar() {
  const filter = useFilterInput();
  const input = useRef<HTMLInputElement>(null);
  const narrow = useNarrow();
  const { open, marked, problem } = filter;
  const unfold = () => {
    input.current!.focus();
    filter.show();
  };
  return (
    <div class="search" onPointerDown={(event) => focusInside(event, input.current!)}>
      <Icon name="search" class="sub" />
      <Chips />
      <FoldedChips unfold={unfold} />
      <input
        ref={input} id={INPUT_ID} type="text" value={filter.typed} autocomplete="off" spellcheck={false} enterkeyhint="search"
        placeholder={narrow ? t.filter : t.placeholder}
        role="combobox" aria-label={t.filter} aria-expanded={open} aria-controls="filter-offers" aria-autocomplete="list"
        aria-activedescendant={marked >= 0 ? `offer-${marked}` : undefined} aria-describedby={problem ? "filter-problem" : undefined}
        onInput={(event) => filter.type(event.currentTarget.value)} onKeyDown={(event) => onKeyDown(event, filter)}
        onFocus={filter.show} onClick={filter.show} onBlur={filter.close}
      />
      {shortcuts.value === "on" && <kbd aria-hidden="true">/</kbd>}
      {problem && <p class="problem" id="filter-problem" role="alert">{problem}</p>}
      {open && !problem && <Offers filter={filter} />}
    </div>
  );
}

function Offers({ filter }: { filter: FilterInput }) {
  return (
    <div class="offers" onPointerDown={(event) => event.preventDefault()}>
      <Chips />
      <ul id="filter-offers" role="listbox" aria-label={t.suggestions}>
        {filter.offered.map((offer, i) => (
          <li key={i} id={`offer-${i}`} role="option" aria-selected={i === filter.marked} onClick={() => filter.take(offer)}>
            <Offer offer={offer} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Offer({ offer }: { offer: Suggestion }) {
  switch (offer.kind) {
    case "open": return <>{t.open} <span class="mono">{offer.id}</span></>;
    case "key": return <>{offer.negated && <i>{t.not} </i>}<b>{offer.key}</b><small>{offer.hint}</small></>;
    case "term": return <>{offer.term.negated && <i>{t.not} </i>}<span class="ck">{offer.term.key}</span> {offer.label}<Meaning term={offer.term} /></>;
  }
}

/** A term is offered as it is typed; what it says, where that differs. */
function Meaning({ term }: { term: Term }) {
  const words = `${KEY_WORDS[term.key]} ${valueWords(term)}`;
  return (term.key === "status" || term.key === "attempt") && words !== `${term.key} ${term.value}` ? <small>{words}</small> : null;
}

/** Handled keys go no further: Esc shall not close the drawer, too. */
function onKeyDown(event: KeyboardEvent, filter: FilterInput): void {
  const field = event.currentTarget as HTMLInputElement;
  const handled = handle(event.key, filter, field);
  if (!handled) return;
  event.preventDefault();
  event.stopPropagation();
}

function handle(key: string, filter: FilterInput, field: HTMLInputElement): boolean {
  switch (key) {
    case "ArrowDown": filter.mark(1); return true;
    case "ArrowUp": filter.mark(-1); return true;
    case "Enter": filter.submit(); return true;
    case "Tab": return filter.complete();
    case "Backspace":
      if (filter.typed !== "") return false;
      filterBy(terms.value.slice(0, -1));
      return true;
    case "Escape":
      if (!filter.open && filter.typed === "") field.blur();
      filter.clear();
      return true;
    default: return false;
  }
}

/** The whole box acts as the input. */
function focusInside(event: PointerEvent, input: HTMLInputElement): void {
  if ((event.target as Element).closest("button, input, .offers")) return;
  event.preventDefault();
  input.focus();
}
