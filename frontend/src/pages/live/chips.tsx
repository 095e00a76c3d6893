import { KEY_WORDS, type Term, formatTerm, valueWords, withoutTerm } from "../../core/filter";
import { plural } from "../../core/format";
import { texts } from "../../core/language";
import { filterBy, terms } from "../../navigation";
import { endpointLabel } from "../../subscriptions";
import { Icon } from "../../ui/icon";

const t = texts({
  en: { not: "not", remove: (term: string) => `Remove filter ${term}`, show: (filters: string) => `Show ${filters}`, filters: (n: number) => plural(n, "filter") },
  es: { not: "no", remove: (term: string) => `Quitar el filtro ${term}`, show: (filters: string) => `Mostrar ${filters}`, filters: (n: number) => plural(n, "filtro") },
});

/** The filter's terms, each with a button that takes it away. */
export function Chips() {
  const all = terms.value;
  if (all.length === 0) return null;
  return <span class="chips">{all.map((term) => <Chip key={formatTerm(term)} term={term} />)}</span>;
}

function Chip({ term }: { term: Term }) {
  const words = `${term.negated ? `${t.not} ` : ""}${KEY_WORDS[term.key]} ${labelOf(term)}`;
  return (
    <span class="chip">
      {term.negated && <i>{t.not}</i>}
      <span class="ck">{KEY_WORDS[term.key]}</span><span class="cv">{labelOf(term)}</span>
      <button type="button" aria-label={t.remove(words)} onClick={() => filterBy(withoutTerm(terms.value, term))}>
        <Icon name="close" size={12} />
      </button>
    </span>
  );
}

/** Where there is no room: how many chips are folded away. They unfold over the suggestions. */
export function FoldedChips({ unfold }: { unfold: () => void }) {
  const n = terms.value.length;
  if (n === 0) return null;
  return (
    <button type="button" class={`chip folded${n === 1 ? " only" : ""}`} aria-label={t.show(t.filters(n))} onPointerDown={(event) => event.preventDefault()} onClick={unfold}>
      <span class="rest">+{n - 1}</span><span class="all">{t.filters(n)}</span>
    </button>
  );
}

function labelOf(term: Term): string {
  return term.key === "endpoint" ? endpointLabel(term.value) : valueWords(term);
}

/** As it is typed: but for endpoints, whose ids nobody reads. */
export function typedLabel(term: Term): string {
  return term.key === "endpoint" ? endpointLabel(term.value) : term.value;
}
