import { describe, expect, it } from "vitest";
import type { Attempt, DeliveryDetail } from "./delivery";
import { timelineOf } from "./timeline";

const at = (seconds: number) => new Date(1_763_991_110_000 + seconds * 1_000).toISOString();
const ms = (seconds: number) => 1_763_991_110_000 + seconds * 1_000;

function attempt(number: number, startedAt: number, durationMs: number): Attempt {
  return { number, started_at: at(startedAt), duration_ms: durationMs, http_status: 503, outcome: "http_5xx", error: null, request_headers: {}, response_headers: null, response_body: null };
}

function delivery(different: Partial<DeliveryDetail>): DeliveryDetail {
  return {
    id: "d", event: "invoice.sent", event_id: "e", subscription_id: "s", status: "RETRYING", attempt_count: 1, max_attempts: 4, next_attempt_at: null,
    held: null, last_error: null, http_status: null, replay_of: null, created_at: at(0), updated_at: at(60), delivered_at: null, attempts: [], ...different,
  };
}

const kinds = (different: Partial<DeliveryDetail>) => timelineOf(delivery(different)).map((step) => step.kind);

describe("timelineOf", () => {
  it("shows the waits between attempts, from the end of one to the start of the next", () => {
    const steps = timelineOf(delivery({ status: "DELIVERED", attempts: [attempt(1, 0.04, 10_000), attempt(2, 15.04, 200)] }));
    expect(steps.map((step) => step.kind)).toEqual(["queued", "attempt", "waited", "attempt"]);
    expect(steps[2]).toEqual({ kind: "waited", ms: 5_000 });
  });

  it("ends with the next attempt and what it counts down from", () => {
    const steps = timelineOf(delivery({ next_attempt_at: at(20), attempts: [attempt(1, 0, 10_000)] }));
    expect(steps.at(-1)).toEqual({ kind: "next", at: ms(20), from: ms(10), number: 2 });
  });

  it("ends with the hold, the flight or the cancel instead", () => {
    expect(kinds({ held: "circuit", next_attempt_at: at(20) })).toEqual(["queued", "held"]);
    expect(kinds({ status: "DELIVERING" })).toEqual(["queued", "delivering"]);
    expect(kinds({ status: "CANCELLED" })).toEqual(["queued", "cancelled"]);
    expect(kinds({ status: "FAILED", attempts: [attempt(1, 0, 10)] })).toEqual(["queued", "attempt"]);
  });
});
