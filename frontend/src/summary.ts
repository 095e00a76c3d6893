/** The six figures: polled while someone looks, each with the line of its recent samples. */
import { signal } from "@preact/signals";
import { learnTime, serverNow } from "./clock";
import { type Summary, instant } from "./core/api";
import { NEVER, afterAnswer } from "./core/freshness";
import { type Series, sampled } from "./core/series";
import { heardOfServer, meter } from "./live";
import { api, endedAt } from "./session";

const POLL_MS = 2_000;
/** Where nobody looks, for the title, the icon and the alerts. */
const HIDDEN_POLL_MS = 10_000;
export type Figure = "rate" | "success" | "p95" | "retrying" | "failed" | "oldest";

export const summary = signal<Summary | null>(null);
export const summaryFresh = signal(NEVER);
export const rate = signal(0);
export const peak = signal(0);
export const series = signal<Record<Figure, Series>>({ rate: [], success: [], p95: [], retrying: [], failed: [], oldest: [] });

export function startSummary(): void {
  setInterval(readRate, 1_000);
  setInterval(() => document.hidden || poll(), POLL_MS);
  setInterval(() => document.hidden && poll(), HIDDEN_POLL_MS);
  document.addEventListener("visibilitychange", () => document.hidden || poll());
  void poll();
}

/** Milliseconds the oldest waiting delivery has waited, by the server's clock. */
export function oldestWait(figures: Summary): number | null {
  const since = instant(figures.oldest_pending_at);
  return since === null ? null : Math.max(0, instant(figures.now)! - since);
}

export function successShare(figures: Summary): number | null {
  const { attempts_5m: attempts, failed_attempts_5m: failed } = figures;
  return attempts ? (attempts - (failed ?? 0)) / attempts : null;
}

function readRate(): void {
  rate.value = meter.perSecond(Date.now());
  peak.value = Math.max(peak.value, rate.value);
}

async function poll(): Promise<void> {
  if (endedAt.peek() !== null) return;
  const answer = await api.summary();
  heardOfServer(answer.ok);
  learnTime(answer.ok ? instant(answer.value.now) : null);
  summaryFresh.value = afterAnswer(summaryFresh.peek(), answer, serverNow());
  if (!answer.ok) return;
  const figures = answer.value;
  const old = series.value;
  series.value = {
    rate: sampled(old.rate, rate.value),
    success: sampled(old.success, successShare(figures)),
    p95: sampled(old.p95, figures.p95_ms),
    retrying: sampled(old.retrying, figures.retrying),
    failed: sampled(old.failed, figures.failed_1h),
    oldest: sampled(old.oldest, oldestWait(figures)),
  };
  summary.value = figures;
}
