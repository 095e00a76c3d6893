import { now } from "../../clock";
import type { EndpointFigures } from "../../core/endpoints";
import { NONE, count, plural } from "../../core/format";
import { texts } from "../../core/language";
import { type Subscription, ago, bareUrl, deliveredShare, nameOf, scheduleName } from "../../core/subscription";
import { addressOf, query } from "../../navigation";
import { figures } from "./figures";
import { RowMenu } from "./row-menu";
import { StateCell } from "./state";

const t = texts({
  en: {
    subscription: "Subscription", events: "Events", state: "State", retries: "Retries", delivered: "Delivered, 24\u00a0h", last: "Last", actions: "Actions",
    attempts: (good: number, all: number) => `${count(good)} of ${plural(all, "attempt")} succeeded`,
  },
  es: {
    subscription: "Suscripción", events: "Eventos", state: "Estado", retries: "Reintentos", delivered: "Entregado, 24\u00a0h", last: "Último", actions: "Acciones",
    attempts: (good: number, all: number) => `${count(good)} de ${plural(all, "intento")} con éxito`,
  },
});

const SHOWN_EVENTS = 3;

export function List({ items }: { items: Subscription[] }) {
  return (
    <div class="panel subs">
      <table class="tbl">
        <thead>
          <tr>
            <th scope="col" class="c-name">{t.subscription}</th><th scope="col" class="c-evs">{t.events}</th><th scope="col" class="c-state">{t.state}</th><th scope="col" class="c-ret">{t.retries}</th>
            <th scope="col" class="num">{t.delivered}</th><th scope="col" class="num c-last">{t.last}</th><th scope="col" class="act"><span class="offscreen">{t.actions}</span></th>
          </tr>
        </thead>
        <tbody>{items.map((each) => <Row key={each.id} subscription={each} measured={figures.value.get(each.id)} />)}</tbody>
      </table>
    </div>
  );
}

function Row({ subscription, measured }: { subscription: Subscription; measured: EndpointFigures | undefined }) {
  const { id, url, description, retry_schedule: schedule } = subscription;
  const open = query.value["edit"] === id;
  return (
    <tr class={open ? "sel" : ""}>
      <td class="c-name">
        <a href={addressOf("subscriptions", { edit: id, q: query.value["q"] ?? "" })} aria-current={open || undefined}><b>{nameOf(subscription)}</b></a>
        {description && <small title={url}>{bareUrl(url)}</small>}
      </td>
      <td class="c-evs"><Events events={subscription.events} /></td>
      <td class="c-state"><StateCell subscription={subscription} /></td>
      <td class="c-ret sub">{scheduleName(schedule)}</td>
      <td class="num"><Delivered measured={measured} /></td>
      <td class="num sub c-last">{measured?.last_attempt_at ? ago(Math.max(0, now.value - Date.parse(measured.last_attempt_at))) : NONE}</td>
      <td class="act"><RowMenu subscription={subscription} /></td>
    </tr>
  );
}

function Events({ events }: { events: string[] }) {
  const rest = events.slice(SHOWN_EVENTS);
  return (
    <span class="tags">
      {events.slice(0, SHOWN_EVENTS).map((event) => <span key={event} class="tag">{event}</span>)}
      {rest.length > 0 && <span class="tag" title={rest.join(", ")}>+{rest.length}</span>}
    </span>
  );
}

function Delivered({ measured }: { measured: EndpointFigures | undefined }) {
  const share = measured && deliveredShare(measured);
  if (!share) return <span class="none">{NONE}</span>;
  const { attempts, failed } = measured;
  return <span class={share.tone} title={t.attempts(attempts - failed, attempts)}>{share.words}<i> %</i></span>;
}
