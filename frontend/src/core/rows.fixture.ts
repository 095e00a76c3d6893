import type { AttemptRow } from "./protocol";

/** A delivered row, but for what the test is about. */
export function makeRow(different: Partial<AttemptRow> = {}): AttemptRow {
  return {
    seq: 1, deliveryId: "019ab610-3f00-7c7b-9685-88151c194680", attempt: 1, maxAttempts: 4, event: "payment.received",
    subscriptionId: "0194ad1c-8f00-7c4e-9d3a-5a1b2c3d4e5f", outcome: "success", httpStatus: 200, durationMs: 84, startedAt: 1763991127328,
    status: "DELIVERED", held: null, error: null, nextAttemptAt: null, ...different,
  };
}
