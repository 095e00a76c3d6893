/** Deliveries, attempts and events as REST gives them, and what the drawer derives from them. */
import { texts } from "./language";
import { type Status, statusOf } from "./status";
import type { Subscription } from "./subscription";

export interface Delivery {
  id: string;
  event: string;
  event_id: string;
  subscription_id: string;
  status: string;
  attempt_count: number;
  max_attempts: number;
  next_attempt_at: string | null;
  held: string | null;
  last_error: string | null;
  http_status: number | null;
  replay_of: string | null;
  created_at: string;
  updated_at: string;
  delivered_at: string | null;
}

export interface DeliveryDetail extends Delivery {
  attempts: Attempt[];
  /** When the circuit was open during its life, oldest first. */
  circuit_openings: readonly { opened_at: string; closed_at: string | null }[];
  /** While the circuit is open. */
  next_probe_at: string | null;
  /** Oldest first. A server of before does not tell. */
  replays?: readonly Replay[];
}

/** A delivery that was made to send another one again. */
export interface Replay {
  id: string;
  status: string;
  created_at: string;
}

/** A list does not say what holds it: held counts as retrying. */
export function statusOfReplay({ status }: Replay): Status {
  return statusOf({ status, held: null });
}

export interface Attempt {
  number: number;
  started_at: string;
  duration_ms: number | null;
  http_status: number | null;
  outcome: string;
  error: string | null;
  request_headers: RawHeaders;
  response_headers: RawHeaders;
  response_body: string | null;
  /** The answer was longer. */
  response_truncated: boolean;
  /** How much of the answer's body was read; null without one. */
  response_bytes: number | null;
}

export interface PublishedEvent {
  id: string;
  type: string;
  entity_id: string;
  occurred_at: string;
  created_at: string;
}

/** The event whose `body` every attempt sends, byte for byte compact JSON. */
export interface SentEvent extends PublishedEvent {
  body: unknown;
}

type RawHeaders = Record<string, unknown> | [string, string][] | null;
export type Header = readonly [name: string, value: string];

export function headerList(headers: RawHeaders): Header[] {
  if (headers === null) return [];
  const pairs: [string, unknown][] = Array.isArray(headers) ? headers : Object.entries(headers);
  return pairs.map(([name, value]) => [name.toLowerCase(), String(value)] as const);
}

export function headerValue(headers: readonly Header[], name: string): string | null {
  return headers.find((header) => header[0] === name)?.[1] ?? null;
}

export function endedAt(attempt: Attempt): number {
  return Date.parse(attempt.started_at) + (attempt.duration_ms ?? 0);
}

const t = texts({
  en: { schedules: { fast: "Fast", durable: "Durable" }, noRetries: "No retries" },
  es: { schedules: { fast: "Rápido", durable: "Persistente" }, noRetries: "Sin reintentos" },
});

/** "Fast", "Durable", or the waits of a list; null when the subscription does not say. */
export function scheduleWords(schedule: Subscription["retry_schedule"] | undefined): string | null {
  if (schedule === undefined) return null;
  if (typeof schedule === "string") return (t.schedules as Record<string, string>)[schedule] ?? schedule;
  return schedule.length === 0 ? t.noRetries : `${schedule.join(", ")} s`;
}
