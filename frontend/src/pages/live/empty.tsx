import { useEffect, useState } from "preact/hooks";
import { boot } from "../../boot";
import { count, plural } from "../../core/format";
import { connection, painted, settled, tally } from "../../live";
import { filterBy, terms } from "../../navigation";
import { api } from "../../session";
import { subscriptions, subscriptionsKnown } from "../../subscriptions";
import { Icon } from "../../ui/icon";

/** What stands in for rows: a skeleton, nothing yet, or nothing that matches. */
export function Empty() {
  if (!settled.value) return connection.value.kind === "offline" ? null : <Skeleton />;
  return terms.value.length > 0 ? <NoMatch /> : <NoDeliveries />;
}

const SKELETON_AFTER_MS = 300;
const SKELETON_WIDTHS = [120, 96, 132, 110, 126, 104, 118, 98];

function Skeleton() {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), SKELETON_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  if (!late) return null;
  return (
    <div class="sks" aria-hidden="true">
      {SKELETON_WIDTHS.map((width, i) => (
        <div key={i} class="sk">{[62, 78, width, width + 60].map((px, n) => <i key={n} style={{ width: `${px}px` }} />)}</div>
      ))}
    </div>
  );
}

function NoMatch() {
  const n = terms.value.length;
  painted.value;
  const looked = tally.examined > 0 ? `${plural(tally.examined, "attempt")} looked at, none of them matches.` : "No attempt came in yet.";
  return (
    <div class="empty">
      <h3>Nothing matches {n === 1 ? "this filter" : `these ${count(n)} filters`}</h3>
      <p>{looked} Attempts that match appear here as they come.</p>
      <div class="e-act"><button type="button" class="btn primary" onClick={() => filterBy([])}>Clear filters</button></div>
    </div>
  );
}

function NoDeliveries() {
  const active = [...subscriptions.value.values()].filter((each) => each.active);
  return (
    <div class="empty">
      <svg class="e-art" width="120" height="54" viewBox="0 0 120 54" aria-hidden="true"><rect x="1" y="15" width="30" height="24" rx="6" /><rect x="89" y="15" width="30" height="24" rx="6" /><path d="M36 27h48" stroke-dasharray="2 5" /><path d="M79 22l5 5-5 5" /><path d="M9 24h14M9 30h8M97 24h14M97 30h8" /></svg>
      <h3>No deliveries yet</h3>
      <p>{subscribed()} {active.length > 0 ? "An attempt appears here, usually within a second of its event." : ""}</p>
      {active[0] && <SendTest to={active[0].id} />}
    </div>
  );
}

function subscribed(): string {
  if (!subscriptionsKnown.value) return "";
  const n = subscriptions.value.size;
  return n === 0 ? `${boot.tenant.name} has no subscriptions: create one over REST, and its events appear here.` : `${boot.tenant.name} has ${plural(n, "subscription")}.`;
}

/** Goes away where the server has no test events. */
function SendTest({ to }: { to: string }) {
  const [state, setState] = useState<"ready" | "sending" | "sent" | "missing" | string>("ready");
  if (state === "missing") return null;
  const send = async () => {
    setState("sending");
    const answer = await api.test(to);
    if (answer.ok) setState("sent");
    else setState(answer.problem.status === 404 ? "missing" : answer.problem.detail || answer.problem.title);
  };
  const refused = state !== "ready" && state !== "sending" && state !== "sent";
  return (
    <div class="e-act">
      <button type="button" class="btn primary" disabled={state === "sending"} onClick={send}><Icon name="send" size={14} />{state === "sent" ? "Sent" : "Send a test"}</button>
      {refused && <p role="alert">{state}</p>}
    </div>
  );
}
