import { describe, expect, it } from "vitest";
import batch from "../../../tests/contract/feed_batch.json";
import err from "../../../tests/contract/feed_err.json";
import gap from "../../../tests/contract/feed_gap.json";
import hb from "../../../tests/contract/feed_hb.json";
import hello from "../../../tests/contract/feed_hello.json";
import metrics from "../../../tests/contract/feed_metrics.json";
import staffMetrics from "../../../tests/contract/feed_metrics_staff.json";
import reset from "../../../tests/contract/feed_reset.json";
import { FrameDecoder, ProtocolError } from "./protocol";

function greeted(fields: string[] = hello.fields): FrameDecoder {
  const decoder = new FrameDecoder();
  decoder.decode(JSON.stringify({ ...hello, fields }));
  return decoder;
}

describe("decoding frames of the contract", () => {
  it("reads hello", () => {
    expect(new FrameDecoder().decode(JSON.stringify(hello))).toEqual({
      t: "hello", epoch: hello.epoch, head: 1042, oldest: 43, hb: 15, durationEdges: hello.duration_edges,
    });
  });

  it("reads a batch's rows by the names of hello", () => {
    const frame = greeted().decode(JSON.stringify(batch));
    expect(frame).toMatchObject({ t: "batch", from: 1043, to: 1047, dropped: 0 });
    expect(frame).toHaveProperty("rows.1", {
      seq: 1044, deliveryId: "019ab610-423c-7c7b-9685-88151c194681", attempt: 2, maxAttempts: 8, event: "invoice.authorized",
      subscriptionId: "0194ad1c-9a10-7b21-8c4d-6f5e4d3c2b1a", outcome: "http_5xx", httpStatus: 503, durationMs: 212, startedAt: 1763991127139,
      status: "RETRYING", held: null, error: "http_5xx: 503 Service Unavailable", nextAttemptAt: 1763991427563,
    });
  });

  it("does not mind the order of the columns", () => {
    const turned = { ...batch, r: batch.r.map((row) => [...row].reverse()) };
    const frame = greeted([...hello.fields].reverse()).decode(JSON.stringify(turned));
    expect(frame).toEqual(greeted().decode(JSON.stringify(batch)));
  });

  it("reads gap, reset, heartbeat and error", () => {
    const frames = [gap, reset, hb, err].map((frame) => greeted().decode(JSON.stringify(frame)));
    expect(frames).toEqual([gap, reset, hb, err]);
  });

  it("reads metrics", () => {
    const frame = greeted().decode(JSON.stringify(metrics));
    expect(frame).toEqual({ ...metrics, backlog: { waiting: 12, held: 3, oldestPendingAt: 1763991120000 } });
    expect(frame).not.toHaveProperty("system");
    expect(metrics.durations).toHaveLength(hello.duration_edges.length + 1);
  });

  it("reads what staff are told of the system, and that the backlog is not known", () => {
    const frame = greeted().decode(JSON.stringify(staffMetrics));
    expect(frame).toMatchObject({ backlog: null, system: { attempts: 812, failed: 31, retries: 29 } });
    expect(greeted().decode(JSON.stringify({ ...staffMetrics, system: null }))).toHaveProperty("system", null);
  });

  it("passes over a kind it does not know", () => {
    expect(greeted().decode('{"t":"weather","degrees":38.4}')).toBeNull();
  });
});

describe("what is refused", () => {
  it.each([
    ["no JSON", "hello"],
    ["no object", "7"],
    ["a gap without numbers", '{"t":"gap","from":1}'],
    ["metrics whose counts are none", JSON.stringify({ ...metrics, outcomes: { success: "1" } })],
    ["a batch without rows", '{"t":"batch","from":1,"to":2,"n":0,"dropped":0}'],
  ])("%s", (_, text) => {
    expect(() => greeted().decode(text)).toThrow(ProtocolError);
  });

  it("a batch before hello", () => {
    expect(() => new FrameDecoder().decode(JSON.stringify(batch))).toThrow("before hello");
  });

  it("a hello that lacks a column every page needs", () => {
    expect(() => greeted(hello.fields.filter((name) => name !== "outcome"))).toThrow("outcome");
  });

  it("not a hello without the columns that were added later", () => {
    const late = ["max_attempts", "held", "error", "next_attempt_at"];
    const kept = hello.fields.filter((name) => !late.includes(name));
    const row = kept.map((name) => batch.r[0]![hello.fields.indexOf(name)]);
    const frame = greeted(kept).decode(JSON.stringify({ ...batch, r: [row] }));
    expect(frame).toMatchObject({ rows: [{ maxAttempts: null, held: null, error: null, nextAttemptAt: null }] });
  });
});
