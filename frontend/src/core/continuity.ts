/**
 * Keeps the promise "within the log ordered and gap-free, or told". A pure reducer: frames in, a new state and
 * what the page has to do out. `cursor` is the last number examined, on the server and here the same.
 */
import { type AttemptRow, type Batch, type Epoch, type Gap, type Hello, type Reset, type ServerFrame, endedAt } from "./protocol";

/** What is being read from the log: silently on first load, announced after a lost connection. */
interface Fill {
  readonly until: number;
  readonly announced: boolean;
  readonly rows: number;
  readonly firstAt: number | null;
  readonly lastAt: number | null;
}

export interface Continuity {
  readonly epoch: Epoch | null;
  readonly cursor: number | null;
  readonly acked: number;
  readonly unackedRows: number;
  readonly fill: Fill | null;
}

export type Divider =
  | { kind: "filled"; n: number; from: number; to: number }
  | { kind: "missed"; n: number; reason: string }
  | { kind: "restarted" };

export type Effect =
  | { do: "subscribe"; cursor: number; epoch: Epoch }
  | { do: "append"; rows: AttemptRow[]; examined: number; dropped: number }
  | { do: "divide"; divider: Divider }
  | { do: "caught-up" };

type Step = readonly [Continuity, Effect[]];

export const START: Continuity = { epoch: null, cursor: null, acked: 0, unackedRows: 0, fill: null };

/** `history`: how many attempts before the head the first fill asks for. */
export function reduce(state: Continuity, frame: ServerFrame, history: number): Step {
  switch (frame.t) {
    case "hello": return greeted(state, frame, history);
    case "batch": return advanced(state, frame);
    case "gap": return missed(state, frame);
    case "reset": return restarted(state, frame);
    default: return [state, []];
  }
}

/** The number to acknowledge, or null when nothing new arrived since the last one. */
export function ackDue(state: Continuity): number | null {
  return state.cursor !== null && state.cursor > state.acked ? state.cursor : null;
}

export function acknowledged(state: Continuity): Continuity {
  return { ...state, acked: state.cursor ?? state.acked, unackedRows: 0 };
}

function greeted(state: Continuity, hello: Hello, history: number): Step {
  const resumed = state.cursor !== null && state.epoch !== null;
  const cursor = resumed ? state.cursor : Math.max(hello.oldest - 1, hello.head - history, 0);
  const epoch = resumed ? state.epoch : hello.epoch;
  const fill = { until: hello.head, announced: resumed, rows: 0, firstAt: null, lastAt: null };
  const next: Continuity = { epoch, cursor, acked: cursor, unackedRows: 0, fill };
  return caughtUp(next, [{ do: "subscribe", cursor, epoch }]);
}

function advanced(state: Continuity, batch: Batch): Step {
  const cursor = state.cursor ?? batch.from - 1;
  if (batch.to <= cursor) return [state, []];
  const effects: Effect[] = [];
  // The server checks continuity too; should it ever be wrong, the page says so instead of hiding a hole.
  if (batch.from > cursor + 1) effects.push(missing(batch.from - cursor - 1, "lost"));
  const rows = batch.from <= cursor ? batch.rows.filter((row) => row.seq > cursor) : batch.rows;
  const examined = batch.to - Math.max(cursor, batch.from - 1);
  effects.push({ do: "append", rows, examined, dropped: batch.dropped });
  const next = { ...state, cursor: batch.to, unackedRows: state.unackedRows + rows.length, fill: grown(state.fill, rows) };
  return caughtUp(next, effects);
}

function missed(state: Continuity, gap: Gap): Step {
  const next = { ...state, cursor: Math.max(state.cursor ?? gap.to, gap.to) };
  // What expired before the page was opened was never this page's to show.
  const silent = state.fill !== null && !state.fill.announced && gap.reason === "expired";
  return caughtUp(next, silent || gap.n === 0 ? [] : [missing(gap.n, gap.reason)]);
}

function restarted(state: Continuity, reset: Reset): Step {
  const next = { ...state, epoch: reset.epoch, cursor: reset.head, acked: reset.head, unackedRows: 0 };
  return caughtUp({ ...next, fill: null }, [{ do: "divide", divider: { kind: "restarted" } }, { do: "caught-up" }]);
}

function grown(fill: Fill | null, rows: AttemptRow[]): Fill | null {
  const last = rows.at(-1);
  if (!fill || !last) return fill;
  return { ...fill, rows: fill.rows + rows.length, firstAt: fill.firstAt ?? endedAt(rows[0]!), lastAt: endedAt(last) };
}

/** Ends the fill when the cursor has reached what was the head at hello. */
function caughtUp(state: Continuity, effects: Effect[]): Step {
  const fill = state.fill;
  if (!fill || state.cursor === null || state.cursor < fill.until) return [state, effects];
  if (fill.announced && fill.rows > 0) {
    effects.push({ do: "divide", divider: { kind: "filled", n: fill.rows, from: fill.firstAt!, to: fill.lastAt! } });
  }
  effects.push({ do: "caught-up" });
  return [{ ...state, fill: null }, effects];
}

function missing(n: number, reason: string): Effect {
  return { do: "divide", divider: { kind: "missed", n, reason } };
}
