/** A delivery's life in order: queued, attempts, the waits between them, and what it waits for now. */
import { type Attempt, type DeliveryDetail, endedAt } from "./delivery";
import { isFinal, statusOf } from "./status";

export type Step =
  | { kind: "queued"; at: number }
  | { kind: "attempt"; at: number; attempt: Attempt }
  | { kind: "waited"; ms: number }
  | { kind: "next"; at: number; from: number; number: number }
  | { kind: "held"; why: string }
  | { kind: "delivering"; number: number }
  | { kind: "cancelled"; at: number };

/** Shorter waits are the engine at work, not a wait someone looks for. */
const SHORTEST_WAIT_MS = 500;

export function timelineOf(delivery: DeliveryDetail): Step[] {
  const created = Date.parse(delivery.created_at);
  const steps: Step[] = [{ kind: "queued", at: created }];
  let last = created;
  for (const attempt of delivery.attempts) {
    const at = Date.parse(attempt.started_at);
    if (at - last >= SHORTEST_WAIT_MS) steps.push({ kind: "waited", ms: at - last });
    steps.push({ kind: "attempt", at, attempt });
    last = endedAt(attempt);
  }
  const present = presentStep(delivery, last);
  return present ? [...steps, present] : steps;
}

function presentStep(delivery: DeliveryDetail, from: number): Step | null {
  const status = statusOf(delivery);
  if (status === "cancelled") return { kind: "cancelled", at: Date.parse(delivery.updated_at) };
  if (isFinal(status)) return null;
  if (status === "held") return { kind: "held", why: delivery.held! };
  if (status === "delivering") return { kind: "delivering", number: delivery.attempts.length + 1 };
  if (delivery.next_attempt_at === null) return null;
  return { kind: "next", at: Date.parse(delivery.next_attempt_at), from, number: delivery.attempt_count + 1 };
}
