/** The last column of a row: what the attempt meant, and what comes next. */
import { durationText } from "./format";
import { type AttemptRow, endedAt } from "./protocol";
import { HELD_WORDS, statusOf } from "./status";

export interface Reason {
  /** As the API spells it; empty for a success. */
  outcome: string;
  words: string;
}

const OUTCOME_WORDS: Record<string, string> = {
  timeout: "No answer in time",
  connection: "Connection failed",
  dns: "Name not found",
  tls: "TLS handshake failed",
  blocked: "Address refused",
  abandoned: "The worker stopped",
  http_3xx: "Redirects are not followed",
  http_4xx: "Refused by the receiver",
  http_429: "Too many requests",
  http_5xx: "Error of the receiver",
};

export function reasonOf(row: AttemptRow): Reason {
  if (row.outcome === "success") {
    const retries = row.attempt - 1;
    return { outcome: "", words: retries > 0 ? `Delivered after ${retries} ${retries === 1 ? "retry" : "retries"}` : "" };
  }
  const words = [explain(row.outcome, row.error), whatNext(row)].filter(Boolean).join(", ");
  return { outcome: row.outcome, words };
}

/** The error without the outcome and the code it begins with, which stand beside it. */
export function explain(outcome: string, error: string | null): string {
  const bare = (error ?? "").replace(outcome, "").replace(/^[\s:,(-]*(?:HTTP\s*)?(?:\d{3}\b)?[\s:,)-]*/i, "").trim();
  const words = bare === "" ? (OUTCOME_WORDS[outcome] ?? "") : bare;
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function whatNext(row: AttemptRow): string {
  const status = statusOf(row);
  if (status === "held") return HELD_WORDS[row.held!] ?? `held: ${row.held}`;
  if (status === "retrying" && row.nextAttemptAt !== null) {
    return `retry in ${durationText(roughly(row.nextAttemptAt - endedAt(row)))}`;
  }
  const last = row.maxAttempts !== null && row.attempt >= row.maxAttempts;
  return status === "failed" && last ? "no retries left" : "";
}

/** A wait as the schedule names it: the few milliseconds of recording are not worth a digit. */
function roughly(ms: number): number {
  return Math.max(0, Math.round(ms / 1_000)) * 1_000;
}
