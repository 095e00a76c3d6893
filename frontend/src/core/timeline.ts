/** A delivery's life in order: queued, attempts, the waits and the holds between them, and what it waits for now. */
import { type Attempt, type DeliveryDetail, type Replay, endedAt } from "./delivery";
import { isFinal, statusOf } from "./status";

export type Step =
  | { kind: "queued"; at: number }
  | { kind: "attempt"; at: number; attempt: Attempt }
  | { kind: "waited"; ms: number }
  /** The circuit was open. */
  | { kind: "was-held"; at: number; ms: number }
  | { kind: "next"; at: number; from: number; number: number }
  /** `since` is known of a circuit only, and so is `probeAt`. */
  | { kind: "held"; why: string; since: number | null; probeAt: number | null }
  | { kind: "delivering"; number: number }
  | { kind: "cancelled"; at: number }
  | { kind: "replayed"; at: number; replay: Replay };

/** Shorter waits are the engine at work, not a wait someone looks for. */
const SHORTEST_WAIT_MS = 500;

export function timelineOf(delivery: DeliveryDetail): Step[] {
  const created = Date.parse(delivery.created_at);
  const openings = delivery.circuit_openings.map(openingOf);
  const steps: Step[] = [{ kind: "queued", at: created }];
  let last = created;
  for (const attempt of delivery.attempts) {
    const at = Date.parse(attempt.started_at);
    steps.push(...waits(last, at, openings), { kind: "attempt", at, attempt });
    last = endedAt(attempt);
  }
  const replays = (delivery.replays ?? []).map((replay): Step => ({ kind: "replayed", at: Date.parse(replay.created_at), replay }));
  return [...steps, ...presentSteps(delivery, last, openings), ...replays];
}

interface Opening {
  from: number;
  /** Infinity while it is open. */
  to: number;
}

function openingOf({ opened_at, closed_at }: DeliveryDetail["circuit_openings"][number]): Opening {
  return { from: Date.parse(opened_at), to: closed_at === null ? Infinity : Date.parse(closed_at) };
}

/** From the end of one attempt to the start of the next. */
function waits(from: number, to: number, openings: readonly Opening[]): Step[] {
  const steps: Step[] = [];
  let last = from;
  const waited = (until: number) => {
    if (until - last >= SHORTEST_WAIT_MS) steps.push({ kind: "waited", ms: until - last });
  };
  for (const opening of openings) {
    const [begin, end] = [Math.max(last, opening.from), Math.min(to, opening.to)];
    if (end - begin < SHORTEST_WAIT_MS) continue;
    waited(begin);
    steps.push({ kind: "was-held", at: begin, ms: end - begin });
    last = end;
  }
  waited(to);
  return steps;
}

/** After the last attempt: the holds that are over, and what it waits for now. */
function presentSteps(delivery: DeliveryDetail, last: number, openings: readonly Opening[]): Step[] {
  const open = openings.find(({ to }) => to === Infinity);
  const since = delivery.held === "circuit" && open ? Math.max(last, open.from) : null;
  const untilClaimed = isFinal(statusOf(delivery)) || delivery.status === "DELIVERING";
  const over = untilClaimed ? Date.parse(delivery.updated_at) : Math.max(...openings.map(({ to }) => (to === Infinity ? last : to)), last);
  return [...waits(last, since ?? over, openings).filter(({ kind }) => kind === "was-held"), ...presentStep(delivery, last, since)];
}

function presentStep(delivery: DeliveryDetail, last: number, since: number | null): Step[] {
  const status = statusOf(delivery);
  const { held, next_attempt_at: due, next_probe_at: probe } = delivery;
  if (status === "cancelled") return [{ kind: "cancelled", at: Date.parse(delivery.updated_at) }];
  if (isFinal(status)) return [];
  if (status === "held") return [{ kind: "held", why: held!, since, probeAt: since === null || probe === null ? null : Date.parse(probe) }];
  if (status === "delivering") return [{ kind: "delivering", number: delivery.attempts.length + 1 }];
  return due === null ? [] : [{ kind: "next", at: Date.parse(due), from: last, number: delivery.attempt_count + 1 }];
}
