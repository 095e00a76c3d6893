/** The open delivery, read again whenever the feed or the clock says that it changed. */
import { effect, signal } from "@preact/signals";
import { serverNow } from "../../clock";
import type { Problem } from "../../core/api";
import type { DeliveryDetail, SentEvent } from "../../core/delivery";
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
export const problem = signal<Problem | null>(null);

let timer: ReturnType<typeof setTimeout> | undefined;

export function watchOpened(): void {
  let shown: string | null = null;
  effect(() => {
    const id = opened.value?.id ?? null;
    if (id === shown) return;
    shown = id;
    detail.value = sent.value = problem.value = null;
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
  clearTimeout(timer);
  timer = setTimeout(() => void read(id), SETTLE_MS);
}

async function read(id: string): Promise<void> {
  const answer = await api.delivery(id);
  if (opened.peek()?.id !== id) return;
  if (answer.ok) {
    detail.value = answer.value;
    problem.value = null;
    if (sent.peek() === null) void readSent(id, answer.value.event_id);
  } else if (detail.peek() === null) problem.value = answer.problem;
  const again = answer.ok ? !isFinal(statusOf(answer.value)) : !GIVE_UP.has(answer.problem.status);
  clearTimeout(timer);
  if (again) timer = setTimeout(() => void read(id), untilNextRead(detail.peek()));
}

/** Sooner when an attempt is due before the next poll. */
function untilNextRead(delivery: DeliveryDetail | null): number {
  const due = delivery?.next_attempt_at ? Date.parse(delivery.next_attempt_at) - serverNow() : POLL_MS;
  return Math.min(POLL_MS, Math.max(DUE_POLL_MS, due));
}

async function readSent(id: string, eventId: string): Promise<void> {
  const answer = await api.event(eventId);
  if (answer.ok && opened.peek()?.id === id) sent.value = answer.value;
}
