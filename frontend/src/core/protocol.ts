/**
 * The live feed's frames, server to page. Every frame is one JSON object with `t`.
 * A row is a tuple; hello names its columns, so it is read by name and never by position.
 */

export type Epoch = string | number;

/** One attempt as the feed tells it. Times are milliseconds since 1970, `status` is the delivery's after it. */
export interface AttemptRow {
  seq: number;
  deliveryId: string;
  attempt: number;
  maxAttempts: number | null;
  event: string;
  subscriptionId: string;
  outcome: string;
  httpStatus: number | null;
  durationMs: number | null;
  startedAt: number;
  status: string;
  held: string | null;
  error: string | null;
  nextAttemptAt: number | null;
}

/** When the outcome was there. The log is in this order, and a timeout's start would be ten seconds out of it. */
export function endedAt(row: AttemptRow): number {
  return row.startedAt + (row.durationMs ?? 0);
}

/** `durationEdges`: upper bounds of the buckets of `Metrics.durations` but the last, in seconds. */
export interface Hello { t: "hello"; epoch: Epoch; head: number; oldest: number; hb: number; durationEdges?: number[] }
export interface Batch { t: "batch"; from: number; to: number; dropped: number; rows: AttemptRow[] }
export interface Gap { t: "gap"; from: number; to: number; n: number; reason: string }
export interface Reset { t: "reset"; epoch: Epoch; head: number }
export interface Heartbeat { t: "hb"; head: number }
/** `oldestPendingAt` is in milliseconds since 1970, null when nothing waits. */
export interface Backlog { waiting: number; held: number; oldestPendingAt: number | null }
/** Of all tenants of the installation. */
export interface SystemCounts { attempts: number; failed: number; retries: number }
/**
 * The tenant's attempts of `seconds` seconds, which ended at `at` (ms since 1970). Keys that are missing count 0; `codes`
 * has "none" for attempts without an answer, `durations` one bucket more than hello has edges. `backlog` is null when it
 * is not known. `system` is there for staff only, null as long as it is not known.
 */
export interface Metrics {
  t: "metrics";
  at: number;
  seconds: number;
  attempts: number;
  outcomes: Record<string, number>;
  codes: Record<string, number>;
  retries: Record<string, number>;
  durations: number[];
  backlog: Backlog | null;
  system?: SystemCounts | null;
}
export interface FeedError { t: "err"; code: string; detail: string }
export type ServerFrame = Hello | Batch | Gap | Reset | Heartbeat | Metrics | FeedError;

/** The server said what none of ours says. */
export class ProtocolError extends Error {}
/** It speaks another version than this page, which was loaded before. */
export class VersionError extends Error {}

const VERSION = 1;

/** Tells frames apart and checks them. Stateful only in that a batch is read with the columns of the last hello. */
export class FrameDecoder {
  #readRow: ((tuple: unknown[]) => AttemptRow) | null = null;

  /** Null for a kind of frame this page does not know: the server may add some. */
  decode(text: string): ServerFrame | null {
    const frame = parseObject(text);
    switch (frame["t"]) {
      case "hello":
        if (frame["v"] !== VERSION) throw new VersionError();
        this.#readRow = rowReader(list(frame, "fields").map(String));
        return { t: "hello", epoch: epoch(frame), head: int(frame, "head"), oldest: int(frame, "oldest"), hb: int(frame, "hb"), durationEdges: edges(frame) };
      case "batch":
        return { t: "batch", from: int(frame, "from"), to: int(frame, "to"), dropped: int(frame, "dropped"), rows: this.#rows(frame) };
      case "gap":
        return { t: "gap", from: int(frame, "from"), to: int(frame, "to"), n: int(frame, "n"), reason: String(frame["reason"]) };
      case "reset":
        return { t: "reset", epoch: epoch(frame), head: int(frame, "head") };
      case "hb":
        return { t: "hb", head: int(frame, "head") };
      case "metrics":
        return metrics(frame);
      case "err":
        return { t: "err", code: String(frame["code"]), detail: String(frame["detail"] ?? "") };
      default:
        return null;
    }
  }

  #rows(frame: Record<string, unknown>): AttemptRow[] {
    const read = this.#readRow;
    if (!read) throw new ProtocolError("a batch came before hello");
    return list(frame, "r").map((tuple) => {
      if (!Array.isArray(tuple)) throw new ProtocolError("a row is not a list");
      return read(tuple);
    });
  }
}

/** Rows as the history gives them: the feed's columns and values. */
export function readRows(fields: readonly string[], rows: readonly unknown[][]): AttemptRow[] {
  return rows.map(rowReader([...fields]));
}

const REQUIRED = [
  "seq", "delivery_id", "attempt", "event", "subscription_id", "outcome", "http_status", "duration_ms", "started_at", "status",
] as const;

function rowReader(fields: string[]): (tuple: unknown[]) => AttemptRow {
  const missing = REQUIRED.filter((name) => !fields.includes(name));
  if (missing.length > 0) throw new ProtocolError(`hello lacks the columns ${missing.join(", ")}`);
  const column = (name: string) => fields.indexOf(name);
  const [seq, delivery, attempt, max] = [column("seq"), column("delivery_id"), column("attempt"), column("max_attempts")];
  const [event, subscription, outcome] = [column("event"), column("subscription_id"), column("outcome")];
  const [code, duration, started] = [column("http_status"), column("duration_ms"), column("started_at")];
  const [status, held, error, next] = [column("status"), column("held"), column("error"), column("next_attempt_at")];
  // JSON.parse makes a new string for every value; 50,000 kept rows share the few that repeat.
  const known = new Map<string, string>();
  const shared = (value: unknown) => {
    const text = String(value);
    const kept = known.get(text);
    if (kept === undefined) known.set(text, text);
    return kept ?? text;
  };
  const optional = (tuple: unknown[], at: number) => (at < 0 ? null : (tuple[at] ?? null));
  return (tuple) => {
    const heldBy = optional(tuple, held);
    return {
      seq: tuple[seq] as number,
      deliveryId: tuple[delivery] as string,
      attempt: tuple[attempt] as number,
      maxAttempts: optional(tuple, max) as number | null,
      event: shared(tuple[event]),
      subscriptionId: shared(tuple[subscription]),
      outcome: shared(tuple[outcome]),
      httpStatus: tuple[code] as number | null,
      durationMs: tuple[duration] as number | null,
      startedAt: tuple[started] as number,
      status: shared(tuple[status]),
      held: heldBy === null ? null : shared(heldBy),
      error: optional(tuple, error) as string | null,
      nextAttemptAt: optional(tuple, next) as number | null,
    };
  };
}

function metrics(frame: Record<string, unknown>): Metrics {
  const decoded: Metrics = {
    t: "metrics",
    at: int(frame, "at"),
    seconds: int(frame, "seconds"),
    attempts: int(frame, "attempts"),
    outcomes: counts(frame, "outcomes"),
    codes: counts(frame, "codes"),
    retries: counts(frame, "retries"),
    durations: list(frame, "durations").map(Number),
    backlog: frame["backlog"] === null ? null : backlog(object(frame, "backlog")),
  };
  if (!("system" in frame)) return decoded;
  return { ...decoded, system: frame["system"] === null ? null : system(object(frame, "system")) };
}

function backlog(found: Record<string, unknown>): Backlog {
  const oldest = found["oldest_pending_at"] === null ? null : int(found, "oldest_pending_at");
  return { waiting: int(found, "waiting"), held: int(found, "held"), oldestPendingAt: oldest };
}

function system(found: Record<string, unknown>): SystemCounts {
  return { attempts: int(found, "attempts"), failed: int(found, "failed"), retries: int(found, "retries") };
}

/** A server of before had none. */
function edges(frame: Record<string, unknown>): number[] {
  return frame["duration_edges"] === undefined ? [] : list(frame, "duration_edges").map(Number);
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ProtocolError("a frame is not JSON");
  }
  if (typeof value !== "object" || value === null) throw new ProtocolError("a frame is not an object");
  return value as Record<string, unknown>;
}

function int(frame: Record<string, unknown>, key: string): number {
  const value = frame[key];
  if (!Number.isSafeInteger(value)) throw new ProtocolError(`${String(frame["t"])}.${key} is not an integer`);
  return value as number;
}

function object(frame: Record<string, unknown>, key: string): Record<string, unknown> {
  const value = frame[key];
  if (typeof value !== "object" || value === null) throw new ProtocolError(`${String(frame["t"])}.${key} is not an object`);
  return value as Record<string, unknown>;
}

function counts(frame: Record<string, unknown>, key: string): Record<string, number> {
  const found = object(frame, key);
  return Object.fromEntries(Object.keys(found).map((name) => [name, int(found, name)]));
}

function list(frame: Record<string, unknown>, key: string): unknown[] {
  const value = frame[key];
  if (!Array.isArray(value)) throw new ProtocolError(`${String(frame["t"])}.${key} is not a list`);
  return value;
}

function epoch(frame: Record<string, unknown>): Epoch {
  const value = frame["epoch"];
  if (typeof value !== "string" && typeof value !== "number") throw new ProtocolError("epoch is neither text nor a number");
  return value;
}
