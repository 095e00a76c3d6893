import { type Term, formatTerm, withoutTerm } from "../../core/filter";
import { plural } from "../../core/format";
import { filterBy, terms } from "../../navigation";
import { endpointLabel } from "../../subscriptions";
import { Icon } from "../../ui/icon";

/** The filter's terms, each with a button that takes it away. */
export function Chips() {
  const all = terms.value;
  if (all.length === 0) return null;
  return <span class="chips">{all.map((term) => <Chip key={formatTerm(term)} term={term} />)}</span>;
}

function Chip({ term }: { term: Term }) {
  const words = `${term.negated ? "not " : ""}${term.key} ${labelOf(term)}`;
  return (
    <span class="chip">
      {term.negated && <i>not</i>}
      <span class="ck">{term.key}</span><span class="cv">{labelOf(term)}</span>
      <button type="button" aria-label={`Remove filter ${words}`} onClick={() => filterBy(withoutTerm(terms.value, term))}>
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
    <button type="button" class={`chip folded${n === 1 ? " only" : ""}`} aria-label={`Show ${plural(n, "filter")}`} onPointerDown={(event) => event.preventDefault()} onClick={unfold}>
      <span class="rest">+{n - 1}</span><span class="all">{plural(n, "filter")}</span>
    </button>
  );
}

export function labelOf(term: Term): string {
  return term.key === "endpoint" ? endpointLabel(term.value) : term.value;
}
