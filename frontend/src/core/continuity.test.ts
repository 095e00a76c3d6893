import { describe, expect, it } from "vitest";
import { type Continuity, type Effect, START, ackDue, acknowledged, reduce } from "./continuity";
import type { AttemptRow, ServerFrame } from "./protocol";
import { makeRow } from "./rows.fixture";

const HISTORY = 500;

const hello = (head: number, oldest = 1): ServerFrame => ({ t: "hello", epoch: "a", head, oldest, hb: 15 });
const batch = (from: number, to: number, seqs = range(from, to)): ServerFrame => ({ t: "batch", from, to, dropped: 0, rows: seqs.map(row) });
const gap = (from: number, to: number, n: number, reason: string): ServerFrame => ({ t: "gap", from, to, n, reason });

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

function row(seq: number): AttemptRow {
  return makeRow({ seq, startedAt: 900 + seq, durationMs: 100 });
}

/** The state after some frames, and the effects of the last of them. */
function after(frames: ServerFrame[], start: Continuity = START, history = HISTORY): [Continuity, Effect[]] {
  return frames.reduce<[Continuity, Effect[]]>(([state], frame) => [...reduce(state, frame, history)] as [Continuity, Effect[]], [start, []]);
}

const dividers = (effects: Effect[]) => effects.flatMap((effect) => (effect.do === "divide" ? [effect.divider] : []));
const seqs = (effects: Effect[]) => effects.flatMap((effect) => (effect.do === "append" ? effect.rows.map((each) => each.seq) : []));

describe("the first fill", () => {
  it("asks for the recent log", () => {
    expect(after([hello(2_000)])[1]).toEqual([{ do: "subscribe", cursor: 1_500, epoch: "a" }]);
  });

  it("asks for no more than the log holds", () => {
    expect(after([hello(2_000, 1_900)])[1]).toContainEqual({ do: "subscribe", cursor: 1_899, epoch: "a" });
  });

  it("is over at once when the log is empty", () => {
    expect(after([hello(0)])[1]).toEqual([{ do: "subscribe", cursor: 0, epoch: "a" }, { do: "caught-up" }]);
  });

  it("ends without a divider", () => {
    const [, filling] = after([hello(600), batch(101, 300)]);
    const [, done] = after([hello(600), batch(101, 300), batch(301, 600)]);
    expect(filling.map((effect) => effect.do)).toEqual(["append"]);
    expect(done.map((effect) => effect.do)).toEqual(["append", "caught-up"]);
  });

  it("does not complain of what expired before the page was opened", () => {
    expect(after([hello(600), gap(101, 150, 50, "expired")])[1]).toEqual([]);
  });
});

describe("rows", () => {
  const [following] = after([hello(0)]);

  it("are taken in order, filtered intervals included", () => {
    const [state, effects] = after([batch(1, 9, [3, 7])], following);
    expect(seqs(effects)).toEqual([3, 7]);
    expect(effects).toMatchObject([{ examined: 9 }]);
    expect(state.cursor).toBe(9);
  });

  it("seen before are dropped", () => {
    expect(after([batch(1, 5), batch(1, 5)], following)[1]).toEqual([]);
    expect(seqs(after([batch(1, 5), batch(4, 7)], following)[1])).toEqual([6, 7]);
  });

  it("that went missing without a word are told as missed", () => {
    const [state, effects] = after([batch(1, 5), batch(9, 10)], following);
    expect(dividers(effects)).toEqual([{ kind: "missed", n: 3, reason: "lost" }]);
    expect(state.cursor).toBe(10);
  });
});

describe("a gap", () => {
  const [following] = after([hello(0), batch(1, 5)]);

  it("is shown and moves the cursor past it", () => {
    const [state, effects] = after([gap(6, 20, 15, "slow")], following);
    expect(dividers(effects)).toEqual([{ kind: "missed", n: 15, reason: "slow" }]);
    expect(seqs(after([batch(21, 21)], state)[1])).toEqual([21]);
  });

  it("of unlogged attempts has no numbers to pass", () => {
    const [state, effects] = after([gap(6, 5, 3, "unlogged")], following);
    expect(dividers(effects)).toEqual([{ kind: "missed", n: 3, reason: "unlogged" }]);
    expect(state.cursor).toBe(5);
  });

  it("of filtered attempts, none of which matched, is no news", () => {
    expect(after([gap(6, 20, 0, "expired")], following)[1]).toEqual([]);
  });
});

describe("coming back", () => {
  const [before] = after([hello(0), batch(1, 5)]);

  it("resumes behind the last row, in the same epoch", () => {
    expect(after([hello(40)], before)[1]).toEqual([{ do: "subscribe", cursor: 5, epoch: "a" }]);
  });

  it("says how many attempts filled the gap, once all are there", () => {
    expect(dividers(after([hello(40), batch(6, 39)], before)[1])).toEqual([]);
    const [, effects] = after([hello(40), batch(6, 39), batch(40, 42)], before);
    expect(dividers(effects)).toEqual([{ kind: "filled", n: 37, from: 1_006, to: 1_042 }]);
    expect(effects.map((effect) => effect.do)).toEqual(["append", "divide", "caught-up"]);
  });

  it("says nothing when nothing happened meanwhile", () => {
    expect(dividers(after([hello(5), batch(6, 6)], before)[1])).toEqual([]);
  });

  it("tells what had expired meanwhile", () => {
    const [, effects] = after([hello(5_000, 4_001), gap(6, 4_000, 3_995, "expired")], before);
    expect(dividers(effects)).toEqual([{ kind: "missed", n: 3_995, reason: "expired" }]);
  });

  it("starts anew after a reset, which may count from lower numbers", () => {
    const [state, effects] = after([hello(12), { t: "reset", epoch: "b", head: 12 }], before);
    expect(effects).toEqual([{ do: "divide", divider: { kind: "restarted" } }, { do: "caught-up" }]);
    expect(state).toMatchObject({ epoch: "b", cursor: 12 });
    const [low] = after([{ t: "reset", epoch: "b", head: 2 }], before);
    expect(seqs(after([batch(3, 4)], low)[1])).toEqual([3, 4]);
  });
});

describe("acknowledging", () => {
  it("is due when the cursor moved, by rows or by a gap", () => {
    const [start] = after([hello(0)]);
    expect(ackDue(start)).toBeNull();
    expect(ackDue(after([batch(1, 5)], start)[0])).toBe(5);
    expect(ackDue(after([gap(1, 9, 9, "slow")], start)[0])).toBe(9);
  });

  it("is done once", () => {
    const [state] = after([hello(0), batch(1, 5)]);
    expect(state.unackedRows).toBe(5);
    expect(ackDue(acknowledged(state))).toBeNull();
    expect(acknowledged(state).unackedRows).toBe(0);
  });
});
