import { useEffect, useState } from "preact/hooks";
import { mayAct } from "../../boot";
import type { Page } from "../../core/api";
import type { Delivery } from "../../core/delivery";
import type { Endpoint } from "../../core/endpoints";
import { count, moment, plural } from "../../core/format";
import { texts } from "../../core/language";
import { deliveryPath } from "../../core/routes";
import { addressOf, openDelivery, written } from "../../navigation";
import { api } from "../../session";
import { Icon } from "../../ui/icon";
import { LastError, Latency, oldest } from "./table";
import { type Range, t } from "./words";

const words = texts({
  en: {
    live: "Show in Live", subscription: "Subscription", tryNow: "Try now", tryTitle: "One held delivery is tried at once; its answer decides the circuit",
    trying: "Tried: the next probe is due now.", nothingHeld: "No held delivery was found.",
    failedHead: "Failed deliveries", reading: "Reading…", none: "None is kept.", more: "All in Live", held: (n: number) => `${count(n)} held`,
  },
  es: {
    live: "Ver en vivo", subscription: "Suscripción", tryNow: "Probar ahora", tryTitle: "Se intenta ya una entrega retenida; su respuesta decide el circuito",
    trying: "Hecho: la prueba toca ahora.", nothingHeld: "No hay entregas retenidas.",
    failedHead: "Entregas fallidas", reading: "Leyendo…", none: "No se conserva ninguna.", more: "Todas en vivo", held: (n: number) => plural(n, "retenida"),
  },
});

const SHOWN_FAILURES = 5;

/** Behind a row: where to go from here, its last failures, and on narrow screens what the row has no room for. */
export function Detail({ endpoint, range, now }: { endpoint: Endpoint; range: Range; now: number }) {
  const { subscription_id: id, waiting, held, state } = endpoint;
  const { columns } = t;
  return (
    <div class="ep-in">
      <dl class="ep-facts">
        <div><dt>{columns.p95}</dt><dd><Latency ms={endpoint.p95_ms} /></dd></div>
        <div><dt>{columns.backlog}</dt><dd>{count(waiting)}{held > 0 && `, ${words.held(held)}`}</dd></div>
        <div><dt>{columns.oldest}</dt><dd>{oldest(endpoint, now)}</dd></div>
        <div><dt>{columns.lastError}</dt><dd><LastError endpoint={endpoint} range={range} /></dd></div>
      </dl>
      <div class="ep-act">
        <a class="btn" href={addressOf("live", { q: `endpoint:${id}` })}><Icon name="bolt" size={15} />{words.live}</a>
        <a class="btn" href={addressOf("subscriptions", { edit: id })}><Icon name="list" size={15} />{words.subscription}</a>
        {state === "open" && held > 0 && mayAct && <TryNow id={id} />}
      </div>
      <Failures id={id} now={now} />
    </div>
  );
}

/** A retry of one held delivery makes the circuit probe at once. */
function TryNow({ id }: { id: string }) {
  const [state, setState] = useState<"ready" | "busy" | { told: string }>("ready");
  const tryOne = async () => {
    setState("busy");
    setState({ told: await tryHeld(id) });
  };
  return (
    <>
      <button type="button" class="btn" disabled={state === "busy"} title={words.tryTitle} onClick={tryOne}><Icon name="retrying" size={15} />{words.tryNow}</button>
      <span class="ep-told" role="status">{typeof state === "object" && state.told}</span>
    </>
  );
}

async function tryHeld(subscription: string): Promise<string> {
  const waiting = await api.get<Page<Delivery>>("webhooks/deliveries", { subscription, status: "PENDING,RETRYING", limit: 50 });
  if (!waiting.ok) return waiting.problem.detail || waiting.problem.title;
  const one = waiting.value.items.find(({ held }) => held === "circuit");
  if (one === undefined) return words.nothingHeld;
  const answer = await api.retry(one.id);
  return answer.ok ? words.trying : answer.problem.detail || answer.problem.title;
}

function Failures({ id, now }: { id: string; now: number }) {
  const [items, setItems] = useState<readonly Delivery[] | string | null>(null);
  useEffect(() => {
    let left = false;
    void api.get<Page<Delivery>>("webhooks/deliveries", { subscription: id, status: "FAILED", limit: SHOWN_FAILURES }).then((answer) => {
      if (!left) setItems(answer.ok ? answer.value.items : answer.problem.detail || answer.problem.title);
    });
    return () => {
      left = true;
    };
  }, [id]);
  return (
    <div class="ep-fails">
      <h2>{words.failedHead} <a href={addressOf("live", { q: `status:failed endpoint:${id}` })}>{words.more}</a></h2>
      {items === null ? <p class="quiet">{words.reading}</p> : typeof items === "string" ? <p class="quiet">{items}</p> : items.length === 0 ? <p class="quiet">{words.none}</p> : (
        <ul>
          {items.map((each) => (
            <li key={each.id}>
              <a href={written(deliveryPath(each.id), {})} onClick={(event) => openBeside(event, each.id)}>{each.event}</a>
              <span class="quiet">{moment(Date.parse(each.created_at), now)}</span>
              <span class="cut quiet" title={each.last_error ?? ""}>{each.last_error}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function openBeside(event: MouseEvent, id: string): void {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  openDelivery(id);
}
