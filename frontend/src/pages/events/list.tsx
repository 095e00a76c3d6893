import { now } from "../../clock";
import type { PublishedEvent } from "../../core/delivery";
import type { EventSearch } from "../../core/event-search";
import { paramsOf } from "../../core/event-search";
import { moment, shortId } from "../../core/format";
import { texts } from "../../core/language";
import { addressOf } from "../../navigation";

const t = texts({
  en: { time: "Time", type: "Event", entity: "Entity", id: "Event id", only: (type: string) => `Show only ${type}`, about: "Show everything about it" },
  es: { time: "Hora", type: "Evento", entity: "Entidad", id: "Id del evento", only: (type: string) => `Ver solo ${type}`, about: "Ver todo lo relacionado" },
});

interface Props {
  items: PublishedEvent[];
  search: EventSearch;
  open: string;
}

export function List({ items, search, open }: Props) {
  return (
    <div class="panel evts">
      <table class="tbl">
        <thead><tr><th scope="col" class="c-when">{t.time}</th><th scope="col">{t.type}</th><th scope="col" class="c-ent">{t.entity}</th><th scope="col" class="c-eid">{t.id}</th></tr></thead>
        <tbody>{items.map((each) => <Row key={each.id} event={each} search={search} open={each.id === open} />)}</tbody>
      </table>
    </div>
  );
}

function Row({ event, search, open }: { event: PublishedEvent; search: EventSearch; open: boolean }) {
  const here = (change: Partial<EventSearch>) => addressOf("events", { ...paramsOf({ ...search, ...change }) });
  return (
    <tr class={open ? "sel" : ""}>
      <td class="c-when"><a class="whole" href={addressOf("events", { ...paramsOf(search), event: event.id })} aria-current={open || undefined}><time dateTime={event.occurred_at}>{moment(Date.parse(event.occurred_at), now.peek())}</time></a></td>
      <td><a class="val" href={here({ types: [event.type] })} title={t.only(event.type)}><b>{event.type}</b></a></td>
      <td class="c-ent">{event.entity_id && <a class="val mono" href={here({ entity: event.entity_id })} title={`${t.about}: ${event.entity_id}`}>{shortId(event.entity_id)}</a>}</td>
      <td class="c-eid mono sub" title={event.id}>{shortId(event.id)}</td>
    </tr>
  );
}
