import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import hello from "../../../tests/contract/feed_hello.json";
import metrics from "../../../tests/contract/feed_metrics.json";
import sub from "../../../tests/contract/feed_sub.json";
import type { Effect } from "./continuity";
import { type Connection, Feed } from "./feed";
import { parseTerms, toWire } from "./filter";
import type { Metrics } from "./protocol";

/** Stands where the browser's WebSocket would. */
class Wire {
  sent: { t: string; [key: string]: unknown }[] = [];
  closed = false;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(): void {
    this.closed = true;
  }
  receive(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  drop(code = 1006, reason = ""): void {
    this.onclose?.({ code, reason });
  }
  acks(): unknown[] {
    return this.sent.filter((message) => message.t === "ack").map((message) => message["to"]);
  }
  pings(): number {
    return this.sent.filter((message) => message.t === "ping").length;
  }
}

let wires: Wire[];
let connections: Connection[];
let effects: Effect[];
let completeAt: number | null;
let seconds: Metrics[];
let edges: readonly number[];
let feed: Feed;
let watched: boolean;
const wire = () => wires.at(-1)!;
const quiet = { ...hello, head: 0, oldest: 1 };
const batch = (from: number, to: number) => ({ t: "batch", from, to, n: 0, dropped: 0, r: [] });

beforeEach(() => {
  vi.useFakeTimers();
  [wires, connections, effects, seconds, edges] = [[], [], [], [], []];
  watched = true;
  const open = () => {
    wires.push(new Wire());
    return wire() as unknown as WebSocket;
  };
  const listener = { connection: (now: Connection) => connections.push(now), effects: (all: Effect[], at: number | null) => { effects.push(...all); completeAt = at; }, greeted: (told: readonly number[]) => (edges = told), metrics: (metrics: Metrics) => seconds.push(metrics) };
  feed = new Feed(open, { filter: {}, history: 500 }, listener, () => watched, () => 1);
  feed.start();
});

afterEach(() => {
  feed.stop();
  vi.useRealTimers();
});

describe("subscribing", () => {
  it("answers hello with the filter, the cursor and the epoch", () => {
    const filter = toWire(parseTerms("status:failed status:retrying status:held event:invoice.* code:5xx attempt:>1 -event:invoice.cancelled"));
    feed.ask({ filter, history: 0 });
    wire().receive(hello);
    expect(wire().sent).toEqual([sub]);
    expect(connections.at(-1)).toEqual({ kind: "open" });
  });

  it("takes a new socket for a new filter, and begins with the history", () => {
    wire().receive(quiet);
    feed.ask({ filter: { status: ["FAILED"] }, history: 500 });
    expect(wires.map((each) => each.closed)).toEqual([true, false]);
    wire().receive(hello);
    expect(wire().sent[0]).toMatchObject({ filter: { status: ["FAILED"] }, cursor: 542 });
    expect(connections.some((each) => each.kind === "offline")).toBe(false);
  });
});

describe("figures of a second", () => {
  it("are told with what their durations are counted by, and need no acknowledgement", () => {
    wire().receive(quiet);
    wire().receive(metrics);
    vi.advanceTimersByTime(2_000);
    expect(edges).toEqual(hello.duration_edges);
    expect(seconds).toMatchObject([{ at: metrics.at, attempts: metrics.attempts, outcomes: metrics.outcomes }]);
    expect(wire().acks()).toEqual([]);
  });
});

describe("acknowledging", () => {
  beforeEach(() => wire().receive(quiet));

  it("follows what arrives, within two seconds", () => {
    wire().receive(batch(1, 3));
    wire().receive(batch(4, 9));
    vi.advanceTimersByTime(2_000);
    expect(wire().acks().at(-1)).toBe(9);
  });

  it("keeps silent while nothing new arrives", () => {
    vi.advanceTimersByTime(20_000);
    expect(wire().acks()).toEqual([]);
  });

  it("does not wait for the timer, which a hidden tab slows down", () => {
    vi.setSystemTime(Date.now() + 1_500);
    wire().receive(batch(1, 3));
    expect(wire().acks()).toEqual([3]);
  });
});

describe("losing the connection", () => {
  it("comes back by cursor, later with every failure", () => {
    wire().receive(quiet);
    wire().receive(batch(1, 7));
    const waits = [1, 2, 3, 4, 5, 6, 7].map(() => {
      wire().drop();
      const lost = connections.at(-1) as Extract<Connection, { kind: "offline" }>;
      const wait = lost.retryAt - Date.now();
      vi.advanceTimersByTime(wait);
      return wait;
    });
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
    wire().receive({ ...quiet, head: 9 });
    expect(wire().sent).toEqual([{ t: "sub", filter: {}, cursor: 7, epoch: hello.epoch }]);
  });

  it("says of numbers that began anew since when something may be missing", () => {
    const restarts = () => {
      wire().drop();
      vi.advanceTimersByTime(20_000);
      feed.retryNow();
      wire().receive({ ...quiet, epoch: "another", head: 3 });
      wire().receive({ t: "reset", epoch: "another", head: 3 });
      return completeAt;
    };
    wire().receive(quiet);
    wire().receive(batch(1, 7));
    vi.advanceTimersByTime(4_000);
    wire().receive({ t: "hb", head: 7 });
    const known = Date.now();
    vi.advanceTimersByTime(2_000);
    wire().receive({ t: "hb", head: 9 });
    expect(restarts()).toBe(known);
    vi.advanceTimersByTime(1_000);
    wire().receive(metrics);
    const again = Date.now();
    vi.advanceTimersByTime(1_000);
    expect(restarts()).toBe(again);
  });

  it("says since when it is offline, not since the last try", () => {
    const began = Date.now();
    wire().drop();
    vi.advanceTimersByTime(1_000);
    wire().drop();
    expect(connections.at(-1)).toMatchObject({ kind: "offline", since: began });
  });

  it("notices two missed heartbeats while nobody looks, and asks nothing", () => {
    watched = false;
    wire().receive(quiet);
    vi.advanceTimersByTime(29_000);
    wire().receive({ t: "hb", head: 0 });
    vi.advanceTimersByTime(29_000);
    expect(connections.at(-1)).toEqual({ kind: "open" });
    vi.advanceTimersByTime(1_000);
    expect(connections.at(-1)).toMatchObject({ kind: "offline" });
    expect(wire().closed).toBe(true);
    expect(wire().pings()).toBe(0);
  });

  it.each([
    [4429, "at most 20 sockets", "at most 20 sockets"],
    [4429, "", "Too many live pages are open"],
    [4503, "", "The feed is not available now"],
    [1006, "", ""],
  ])("says why the server closed: %i %s", (code, told, reason) => {
    wire().drop(code, told);
    expect(connections.at(-1)).toMatchObject({ kind: "offline", reason });
  });

  it("forgets the reason with the next failure", () => {
    wire().drop(4503);
    vi.advanceTimersByTime(1_000);
    wire().drop();
    expect(connections.at(-1)).toMatchObject({ kind: "offline", reason: "" });
  });

  it("does not wait any longer when the server answers otherwise, once in an outage", () => {
    feed.serverAnswered();
    expect(wires).toHaveLength(1);
    wire().drop();
    feed.serverAnswered();
    expect(wires).toHaveLength(2);
    wire().drop();
    feed.serverAnswered();
    expect(wires).toHaveLength(2);
    feed.serverSilent();
    feed.serverAnswered();
    expect(wires).toHaveLength(3);
    wire().receive(quiet);
    wire().receive({ t: "hb", head: 0 });
    wire().drop();
    feed.serverAnswered();
    expect(wires).toHaveLength(4);
  });

  it("tries at once when asked to", () => {
    wire().drop();
    feed.retryNow();
    expect(wires).toHaveLength(2);
    vi.advanceTimersByTime(60_000 - 50_001);
    expect(wires).toHaveLength(2);
  });

  it("reconnects when it was too slow", () => {
    wire().receive(quiet);
    wire().drop(4008);
    vi.advanceTimersByTime(1_000);
    expect(wires).toHaveLength(2);
  });
});

describe("a silent server", () => {
  beforeEach(() => wire().receive(quiet));

  it("is asked, and given up when it does not answer", () => {
    vi.advanceTimersByTime(5_000);
    expect(wire().pings()).toBe(1);
    expect(connections.at(-1)).toEqual({ kind: "open" });
    vi.advanceTimersByTime(5_000);
    expect(connections.at(-1)).toMatchObject({ kind: "offline" });
    expect(wire().pings()).toBe(1);
  });

  it("stays connected when it answers", () => {
    for (let asked = 1; asked <= 10; asked += 1) {
      vi.advanceTimersByTime(5_000);
      wire().receive({ t: "hb", head: 0 });
      expect(wire().pings()).toBe(asked);
    }
    expect(connections.at(-1)).toEqual({ kind: "open" });
  });

  it("is not asked while frames flow", () => {
    for (let seq = 1; seq <= 10; seq += 1) {
      vi.advanceTimersByTime(4_000);
      wire().receive(batch(seq, seq));
    }
    expect(wire().pings()).toBe(0);
  });

  it("is asked soon after someone looks again", () => {
    watched = false;
    vi.advanceTimersByTime(12_000);
    watched = true;
    vi.advanceTimersByTime(3_000);
    expect(wire().pings()).toBe(1);
  });
});

describe("the network, as the browser tells it", () => {
  it("takes the feed offline when it goes, and back when it comes", () => {
    wire().receive(quiet);
    feed.networkLost();
    expect(connections.at(-1)).toMatchObject({ kind: "offline", since: Date.now(), reason: "" });
    expect(wire().closed).toBe(true);
    feed.networkBack();
    expect(wires).toHaveLength(2);
    wire().receive(quiet);
    expect(connections.at(-1)).toEqual({ kind: "open" });
  });

  it("is not believed for long: the server may be on this machine", () => {
    wire().receive(quiet);
    feed.networkLost();
    vi.advanceTimersByTime(1_000);
    wire().receive(quiet);
    expect(connections.at(-1)).toEqual({ kind: "open" });
  });

  it("leaves a feed that is connected, or has ended, as it is", () => {
    wire().receive(quiet);
    feed.networkBack();
    expect(wires).toHaveLength(1);
    wire().drop(4401);
    feed.networkLost();
    feed.networkBack();
    expect(wires).toHaveLength(1);
    expect(connections.at(-1)).toEqual({ kind: "ended" });
  });
});

describe("ending", () => {
  it("stops when the session has ended", () => {
    wire().drop(4401);
    vi.advanceTimersByTime(60_000);
    expect(connections.at(-1)).toEqual({ kind: "ended" });
    expect(wires).toHaveLength(1);
  });

  it("stops and says why when the server refuses the filter", () => {
    wire().receive(quiet);
    wire().receive({ t: "err", code: "bad_filter", detail: "status: RETRYNG is not a status" });
    wire().drop(4400);
    vi.advanceTimersByTime(60_000);
    expect(connections.at(-1)).toEqual({ kind: "refused", detail: "status: RETRYNG is not a status" });
    expect(wires).toHaveLength(1);
  });

  it.each([{ ...hello, fields: ["seq"] }, { ...hello, head: "x" }, null, { t: "batch", from: 1, to: 1, dropped: 0, r: [null] }])("comes back after %j, which breaks the protocol", (frame) => {
    wire().receive(frame as object);
    expect(connections.at(-1)).toMatchObject({ kind: "offline", reason: expect.stringMatching(/./) });
    expect(effects).toEqual([]);
  });

  it("stops at a server of another version", () => {
    wire().receive({ ...hello, v: 2 });
    expect(connections.at(-1)).toEqual({ kind: "refused", detail: "The server is of another version: reload the page" });
  });
});
