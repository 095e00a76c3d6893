/** The open delivery, read again whenever the feed or the clock says that it changed. */
import { effect, signal } from "@preact/signals";
import { serverNow } from "../../clock";
import { type DeliveryDetail, type SentEvent, statusOfReplay } from "../../core/delivery";
import { NEVER, afterAnswer } from "../../core/freshness";
import { isFinal, statusOf } from "../../core/status";
import { touched } from "../../live";
import { opened } from "../../navigation";
import { api } from "../../session";

/** While it is not final, for what the feed's filter hides and what is no attempt: a cancel, a hold. */
const POLL_MS = 3_000;
const DUE_POLL_MS = 800;
/** Several attempts in one frame are one read. */
const SETTLE_MS = 150;

/** Answers that the next call would get, too. */
const GIVE_UP: ReadonlySet<number> = new Set([401, 403, 404]);

export const detail = signal<DeliveryDetail | null>(null);
export const sent = signal<SentEvent | null>(null);
export const fresh = signal(NEVER);

let timer: ReturnType<typeof setTimeout> | undefined;

export function watchOpened(): void {
  let shown: string | null = null;
  effect(() => {
    const id = opened.value?.id ?? null;
    if (id === shown) return;
    shown = id;
    detail.value = sent.value = null;
    fresh.value = NEVER;
    clearTimeout(timer);
    if (id !== null) void read(id);
  });
  effect(() => {
    if (touched.value > 0) reload();
  });
}

export function reload(): void {
  const id = opened.peek()?.id;
  if (id === undefined) return;
  reloadIn(SETTLE_MS, id);
}

function reloadIn(ms: number, id: string): void {
  clearTimeout(timer);
  timer = setTimeout(() => void read(id), ms);
}

async function read(id: string): Promise<void> {
  const answer = await api.delivery(id);
  if (opened.peek()?.id !== id) return;
  fresh.value = afterAnswer(fresh.peek(), answer, serverNow());
  if (answer.ok) {
    detail.value = answer.value;
    if (sent.peek() === null) void readSent(id, answer.value.event_id);
  }
  const again = answer.ok ? mayChange(answer.value) : !GIVE_UP.has(answer.problem.status);
  clearTimeout(timer);
  if (again) reloadIn(untilNextRead(detail.peek()), id);
}

/** Itself, or a replay of it. */
function mayChange(delivery: DeliveryDetail): boolean {
  const statuses = [statusOf(delivery), ...(delivery.replays ?? []).map(statusOfReplay)];
  return !statuses.every(isFinal);
}

/** Sooner when an attempt is due before the next poll. */
function untilNextRead(delivery: DeliveryDetail | null): number {
  const due = delivery?.next_attempt_at ? Date.parse(delivery.next_attempt_at) - serverNow() : POLL_MS;
  return Math.min(POLL_MS, Math.max(DUE_POLL_MS, due));
}

async function readSent(id: string, eventId: string): Promise<void> {
  const answer = await api.event(eventId);
  if (opened.peek()?.id !== id) return;
  if (answer.ok) sent.value = answer.value;
  else if (!GIVE_UP.has(answer.problem.status)) reloadIn(POLL_MS, id);
}
