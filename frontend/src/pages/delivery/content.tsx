import { useEffect, useState } from "preact/hooks";
import { mayAct } from "../../boot";
import { now } from "../../clock";
import { curlOf } from "../../core/curl";
import { type Attempt, type DeliveryDetail, headerList, scheduleWords } from "../../core/delivery";
import { moment, shortId } from "../../core/format";
import { isWaiting, statusOf } from "../../core/status";
import { deliveryPath } from "../../core/routes";
import { openDelivery, route, written } from "../../navigation";
import { endpointLabel, subscriptions } from "../../subscriptions";
import { CopyButton } from "../../ui/copy-button";
import { Icon } from "../../ui/icon";
import { StatusMark } from "../../ui/status";
import { Attempts } from "./attempts";
import { cancellable } from "./cancel";
import { detail, problem, sent } from "./load";
import { askReplay } from "./replay";
import { Signature } from "./signature";
import { Timeline } from "./timeline";

/** The open delivery, in the drawer and on its own page: as far as it is known. */
export function OpenedDelivery({ asked }: { asked: number | null }) {
  const delivery = detail.value;
  return delivery ? <Content key={delivery.id} delivery={delivery} asked={asked} /> : <Waiting />;
}

function Waiting() {
  if (problem.value === null) return <div class="empty" aria-busy="true" />;
  const missing = problem.value.status === 404;
  return (
    <div class="empty">
      <h3>{missing ? "No such delivery" : "The delivery could not be read"}</h3>
      <p>{missing ? "It is older than the history kept, or belongs to another tenant." : problem.value.detail || problem.value.title}</p>
    </div>
  );
}

function Content({ delivery, asked }: { delivery: DeliveryDetail; asked: number | null }) {
  const [chosen, choose] = useState(asked);
  useEffect(() => choose(asked), [asked]);
  const attempt = delivery.attempts.find((each) => each.number === chosen) ?? delivery.attempts.at(-1);
  const subscription = subscriptions.value.get(delivery.subscription_id);
  return (
    <>
      <div class="d-head">
        <div class="d-title">
          <h2>{delivery.event}</h2><StatusMark status={statusOf(delivery)} pill />
          <p class="d-to" title={subscription?.url}>to <b>{endpointLabel(delivery.subscription_id)}</b></p>
        </div>
        <Actions delivery={delivery} attempt={attempt} url={subscription?.url} />
      </div>
      <div class="d-body">
        <Facts delivery={delivery} schedule={scheduleWords(subscription?.retry_schedule)} />
        <div class="d-cols">
          <div class="d-left">
            <section><h3>Timeline</h3><Timeline delivery={delivery} sent={sent.value} chosen={attempt?.number ?? null} choose={choose} /></section>
            {attempt && <Signature attempt={attempt} />}
          </div>
          {attempt
            ? <Attempts attempts={delivery.attempts} attempt={attempt} choose={choose} sent={sent.value} url={subscription?.url ?? ""} />
            : <div class="d-right"><h3>Attempts</h3><p class="quiet">None was made yet.</p></div>}
        </div>
      </div>
    </>
  );
}

function Actions({ delivery, attempt, url }: { delivery: DeliveryDetail; attempt: Attempt | undefined; url: string | undefined }) {
  const status = statusOf(delivery);
  const event = sent.value;
  return (
    <div class="d-act">
      <button type="button" class="btn primary" disabled={status === "delivering" || !mayAct} title={mayAct ? undefined : "Your role lets you look only"} onClick={() => askReplay(delivery)}><Icon name="replay" size={15} />Replay now</button>
      {attempt && url && event && <CopyButton what="cURL" label="Copy cURL" class="btn" text={() => curlOf(url, headerList(attempt.request_headers), JSON.stringify(event.body))} />}
      <CopyButton what="JSON" label="Copy JSON" class="btn hide-s" text={() => JSON.stringify(delivery, null, 2)} />
      {isWaiting(status) && mayAct && <button type="button" class="btn danger" onClick={() => (cancellable.value = delivery.id)}><Icon name="cancelled" size={15} />Cancel</button>}
      <span class="d-note">The receiver may process a replay twice.</span>
    </div>
  );
}

function Facts({ delivery, schedule }: { delivery: DeliveryDetail; schedule: string | null }) {
  const origin = delivery.replay_of;
  return (
    <dl class="facts">
      <div><dt>Attempts</dt><dd>{delivery.attempt_count} of {Math.max(delivery.attempt_count, delivery.max_attempts)}</dd></div>
      <div><dt>Retry schedule</dt><dd>{schedule ?? "–"}</dd></div>
      <div><dt>Created</dt><dd>{moment(Date.parse(delivery.created_at), now.peek())}</dd></div>
      <div><dt>Replay of</dt><dd>{origin === null ? "–" : <a class="mono" href={written(deliveryPath(origin), {})} onClick={(event) => follow(event, origin)}>{shortId(origin)}</a>}</dd></div>
    </dl>
  );
}

/** Beside a list it stays beside it; on the delivery's own page the link leads on as any other. */
function follow(event: MouseEvent, id: string): void {
  if (route.peek().page === "delivery" || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  openDelivery(id);
}
