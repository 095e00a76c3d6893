import { useState } from "preact/hooks";
import { ANY } from "../../core/event-patterns";
import { type EventSearch, type Range, paramsOf, readText } from "../../core/event-search";
import { shortId } from "../../core/format";
import { texts } from "../../core/language";
import { eventPatterns } from "../../event-types";
import { ask } from "../../navigation";
import { FieldError } from "../../ui/field";
import { Icon } from "../../ui/icon";
import { PatternField } from "../../ui/pattern-field";
import { isEntity } from "./load";

const t = texts({
  en: {
    search: "Search events", like: "Event type, event id or entity id", entity: "entity", remove: "Remove the entity", range: "Time range",
    ranges: { "1h": "1 h", "24h": "24 h", "7d": "7 d", "": "All" },
  },
  es: {
    search: "Buscar eventos", like: "Tipo de evento, id de evento o de entidad", entity: "entidad", remove: "Quitar la entidad", range: "Intervalo",
    ranges: { "1h": "1 h", "24h": "24 h", "7d": "7 d", "": "Todo" },
  },
});

/** Published, though nobody can subscribe to them. */
const OPERATIONAL = ["webhook.test", "webhook.disabled"];
const RANGE_CHOICES: Range[] = ["1h", "24h", "7d", ""];
const ID = "e-search";

export function searchFor(search: EventSearch): void {
  ask({ ...paramsOf(search) });
}

export function SearchBar({ search }: { search: EventSearch }) {
  const [typed, setTyped] = useState("");
  const [problem, setProblem] = useState("");
  const type = (text: string) => {
    setTyped(text);
    setProblem("");
  };
  const other = async (text: string) => {
    const read = readText(text);
    if (read.kind === "problem") return setProblem(read.problem);
    const entity = read.kind === "entity" || (read.kind === "id" && (await isEntity(read.id)));
    type("");
    if (entity) searchFor({ ...search, entity: read.id });
    else ask({ event: read.id });
  };
  const patterns = [...eventPatterns.value.filter((pattern) => pattern !== ANY), ...OPERATIONAL];
  return (
    <div class="filters">
      <div class="grow e-search">
        <PatternField id={ID} label={t.search} icon="search" placeholder={t.like} patterns={patterns} chosen={search.types} typed={typed} described={problem ? `${ID}-error` : undefined} invalid={problem !== ""}
          onTyped={type} onChosen={(types) => searchFor({ ...search, types })} onUnknown={(text, _, entered) => void (entered && other(text))}>
          {search.entity && (
            <span class="chip">
              <span class="ck">{t.entity}</span><span class="cv" title={search.entity}>{shortId(search.entity)}</span>
              <button type="button" aria-label={t.remove} title={t.remove} onClick={() => searchFor({ ...search, entity: "" })}><Icon name="close" size={12} /></button>
            </span>
          )}
        </PatternField>
        <FieldError id={ID} error={problem} />
      </div>
      <div class="seg" role="group" aria-label={t.range}>
        {RANGE_CHOICES.map((range) => <button key={range} type="button" aria-pressed={search.range === range} onClick={() => searchFor({ ...search, range })}>{t.ranges[range]}</button>)}
      </div>
    </div>
  );
}
