import { texts } from "./language";

/** What a row says its delivery is. `held` is the page's word for a delivery that waits for something other than its time. */
export const STATUSES = ["pending", "delivering", "delivered", "retrying", "held", "failed", "cancelled"] as const;
export type Status = (typeof STATUSES)[number];

export const STATUS_WORDS: Record<Status, string> = texts({
  en: { pending: "Pending", delivering: "Delivering", delivered: "Delivered", retrying: "Retrying", held: "Held", failed: "Failed", cancelled: "Cancelled" },
  es: { pending: "Pendiente", delivering: "En curso", delivered: "Entregada", retrying: "Reintentando", held: "Retenida", failed: "Fallida", cancelled: "Cancelada" },
});

export const OUTCOMES = [
  "success", "timeout", "connection", "dns", "tls", "blocked", "abandoned", "http_3xx", "http_4xx", "http_429", "http_5xx", "other",
] as const;

/** Why a delivery is held, in words. */
export const HELD_WORDS: Readonly<Record<string, string>> = texts({
  en: { circuit: "circuit open", inactive: "subscription paused", order: "an earlier delivery goes first" },
  es: { circuit: "circuito abierto", inactive: "suscripción en pausa", order: "va antes una entrega anterior" },
});

const FINAL: ReadonlySet<Status> = new Set(["delivered", "failed", "cancelled"]);

export function statusOf(delivery: { status: string; held: string | null }): Status {
  const status = delivery.status.toLowerCase() as Status;
  if (FINAL.has(status)) return status;
  return delivery.held === null ? status : "held";
}

export function isFinal(status: Status): boolean {
  return FINAL.has(status);
}

/** Whether it waits, so that it can be cancelled. A held delivery waits too. */
export function isWaiting(status: Status): boolean {
  return status === "pending" || status === "retrying" || status === "held";
}
