import { describe, expect, it } from "vitest";
import type { Attempt, DeliveryDetail } from "./delivery";
import { timelineOf } from "./timeline";

const at = (seconds: number) => new Date(1_763_991_110_000 + seconds * 1_000).toISOString();
const ms = (seconds: number) => 1_763_991_110_000 + seconds * 1_000;

function attempt(number: number, startedAt: number, durationMs: number): Attempt {
  return { number, started_at: at(startedAt), duration_ms: durationMs, http_status: 503, outcome: "http_5xx", error: null, request_headers: {}, response_headers: null, response_body: null, response_truncated: false, response_bytes: null };
}

function delivery(different: Partial<DeliveryDetail>): DeliveryDetail {
  return {
    id: "d", event: "invoice.sent", event_id: "e", subscription_id: "s", status: "RETRYING", attempt_count: 1, max_attempts: 4, next_attempt_at: null,
    held: null, last_error: null, http_status: null, replay_of: null, created_at: at(0), updated_at: at(60), delivered_at: null, attempts: [], circuit_openings: [], next_probe_at: null, ...different,
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

  it("ends with the replays that were made of it", () => {
    const replays = [{ id: "r1", status: "FAILED", created_at: at(90) }, { id: "r2", status: "DELIVERED", created_at: at(120) }];
    const steps = timelineOf(delivery({ status: "FAILED", attempts: [attempt(1, 0, 10)], replays }));
    expect(steps.slice(2)).toEqual(replays.map((replay, i) => ({ kind: "replayed", at: ms(90 + 30 * i), replay })));
  });

  const opening = (from: number, to: number | null) => ({ opened_at: at(from), closed_at: to === null ? null : at(to) });

  it("tells of a wait what of it the circuit held", () => {
    const steps = timelineOf(delivery({ status: "DELIVERED", attempts: [attempt(1, 0, 1_000), attempt(2, 60, 200)], circuit_openings: [opening(3, 50)] }));
    expect(steps.slice(2, 5)).toEqual([{ kind: "waited", ms: 2_000 }, { kind: "was-held", at: ms(3), ms: 47_000 }, { kind: "waited", ms: 10_000 }]);
  });

  it("parts a hold where a probe was this delivery's", () => {
    const steps = timelineOf(delivery({ held: "circuit", attempts: [attempt(1, 0, 1_000), attempt(2, 31, 1_000)], circuit_openings: [opening(1, null)], next_probe_at: at(92) }));
    expect(steps.map((step) => step.kind)).toEqual(["queued", "attempt", "was-held", "attempt", "held"]);
    expect(steps[2]).toEqual({ kind: "was-held", at: ms(1), ms: 30_000 });
    expect(steps[4]).toEqual({ kind: "held", why: "circuit", since: ms(32), probeAt: ms(92) });
  });

  it("shows a hold that is over before the next attempt, an end without one, and a probe", () => {
    expect(kinds({ next_attempt_at: at(60), attempts: [attempt(1, 0, 10)], circuit_openings: [opening(5, 50)] })).toEqual(["queued", "attempt", "was-held", "next"]);
    expect(kinds({ status: "FAILED", last_error: "expired", circuit_openings: [opening(5, null)] })).toEqual(["queued", "was-held"]);
    expect(kinds({ status: "DELIVERING", circuit_openings: [opening(5, null)] })).toEqual(["queued", "was-held", "delivering"]);
  });

  it("says nothing of an open circuit where something else holds", () => {
    expect(timelineOf(delivery({ held: "order", circuit_openings: [opening(5, null)], next_probe_at: at(90) })).at(-1)).toEqual({ kind: "held", why: "order", since: null, probeAt: null });
  });
});
