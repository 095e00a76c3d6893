import { now } from "../../clock";
import { clock, count, durationText } from "../../core/format";
import { parseTerms } from "../../core/filter";
import type { Status } from "../../core/status";
import { type PauseReason, connection, follow, painted, pause, retryNow, sampling, tally } from "../../live";
import { filterBy } from "../../navigation";
import { endedAt } from "../../session";
import { summary } from "../../summary";
import { Icon } from "../../ui/icon";
import { StatusMark } from "../../ui/status";

const REASONS: Record<PauseReason, string> = {
  scroll: "Paused: you scrolled",
  row: "Paused: a row is selected",
  delivery: "Paused: a delivery is open",
  you: "Paused by you",
};

/** Always there, so that pausing never moves a row, and always says what the list does and why. */
export function Strip() {
  const state = connection.value;
  const off = endedAt.value !== null || state.kind === "offline" || state.kind === "refused";
  const look = off ? " is-off" : pause.value ? " is-paused" : "";
  return (
    <div class={`strip${look}`}>
      {off ? <Offline /> : pause.value ? <Paused /> : <Following />}
      <NewPill />
      <span class="grow" />
      <QuickFilters />
    </div>
  );
}

function Following() {
  const thinned = (painted.value, sampling.oneIn(now.value));
  return (
    <span class="following">
      <span class={`dot${connection.value.kind === "connecting" ? " idle" : ""}`} />
      <b>{connection.value.kind === "connecting" ? "Connecting" : "Following"}</b>
      {thinned === null
        ? <span class="snap">Newest first</span>
        : <span class="sampled"><Icon name="filter" size={14} />Showing 1 in {count(thinned)} successes, all failures</span>}
    </span>
  );
}

function Paused() {
  const { why, at } = pause.value!;
  return <span class="why-paused"><Icon name="pause" size={14} /><b>{REASONS[why]}</b><span class="snap">Snapshot of {clock(at)}</span></span>;
}

function Offline() {
  const state = connection.value;
  if (endedAt.value !== null) return <span class="why-off"><Icon name="offline" size={14} /><b>Stopped</b> The session has ended</span>;
  if (state.kind === "refused") {
    return <span class="why-off"><Icon name="offline" size={14} /><b>The feed stopped</b><span class="told">{state.detail}</span><RetryButton /></span>;
  }
  if (state.kind !== "offline") return null;
  const wait = state.retryAt - now.value;
  return (
    <span class="why-off">
      <Icon name="offline" size={14} />
      <span class="off-words">
        <span><b>Offline {seconds(now.value - state.since)}</b>, {wait > 0 ? `retrying in ${seconds(wait)}` : "retrying now"}</span>
        {state.reason && <span class="told" title={state.reason}>{state.reason}</span>}
      </span>
      <RetryButton />
    </span>
  );
}

function RetryButton() {
  return <button type="button" class="btn small" onClick={retryNow}>Retry now</button>;
}

function seconds(ms: number): string {
  return durationText(Math.ceil(Math.max(0, ms) / 1_000) * 1_000);
}

function NewPill() {
  const held = pause.value;
  const news = held ? (painted.value, tally.arrived - held.arrived) : 0;
  if (news === 0) return null;
  return <button type="button" class="newpill" onClick={follow} title="Go to the newest and follow"><Icon name="newest" size={13} />{count(news)} new</button>;
}

const QUICK: { status: Status; figure: "delivered_1h" | "retrying" | "failed_1h" | "held"; span: string }[] = [
  { status: "delivered", figure: "delivered_1h", span: "in the last hour" },
  { status: "retrying", figure: "retrying", span: "now" },
  { status: "failed", figure: "failed_1h", span: "in the last hour" },
  { status: "held", figure: "held", span: "now" },
];

function QuickFilters() {
  const figures = summary.value;
  if (!figures) return null;
  return (
    <span class="quick">
      {QUICK.map(({ status, figure, span }) => (
        <button key={status} type="button" class={`q q-${status}`} title={`${status} ${span}: filter by it`} onClick={() => filterBy(parseTerms(`status:${status}`))}>
          <StatusMark status={status} /><span class="n">{figures[figure] === null ? "–" : count(figures[figure])}</span>
        </button>
      ))}
    </span>
  );
}
