/** Endpoints by subscription: the feed's rows carry ids, people read URLs. */
import { computed, signal } from "@preact/signals";
import { serverNow } from "./clock";
import { NEVER, afterAnswer } from "./core/freshness";
import { shortId, splitUrl } from "./core/format";
import type { AttemptRow } from "./core/protocol";
import type { Subscription } from "./core/subscription";
import { api } from "./session";

const RELOAD_AFTER_MS = 500;

export const subscriptions = signal<ReadonlyMap<string, Subscription>>(new Map());
/** Whether the list was ever read; until then an empty map says nothing. */
export const subscriptionsKnown = signal(false);
export const subscriptionsFresh = signal(NEVER);

/** Ids asked for once and not listed: deleted subscriptions, whose attempts stay. */
const unlisted = new Set<string>();
let pending: ReturnType<typeof setTimeout> | undefined;

export const endpoints = computed(() => [...subscriptions.value.values()].map(({ id }) => ({ id, label: endpointLabel(id) })));

export function endpointOf(subscriptionId: string): { host: string; path: string } {
  const subscription = subscriptions.value.get(subscriptionId);
  return subscription ? splitUrl(subscription.url) : { host: shortId(subscriptionId), path: "" };
}

export function endpointLabel(subscriptionId: string): string {
  const { host, path } = endpointOf(subscriptionId);
  return host + path;
}

export function learnEndpoints(rows: readonly AttemptRow[]): void {
  const known = subscriptions.peek();
  const news = rows.some(({ subscriptionId: id }) => !known.has(id) && !unlisted.has(id));
  if (!news || pending !== undefined) return;
  for (const { subscriptionId: id } of rows) if (!known.has(id)) unlisted.add(id);
  pending = setTimeout(loadSubscriptions, RELOAD_AFTER_MS);
}

export async function loadSubscriptions(): Promise<void> {
  const answer = await api.subscriptions();
  pending = undefined;
  subscriptionsFresh.value = afterAnswer(subscriptionsFresh.peek(), answer, serverNow());
  if (!answer.ok) return unlisted.clear();
  subscriptions.value = new Map(answer.value.map((each) => [each.id, each]));
  subscriptionsKnown.value = true;
}

/** Takes over what a change answered, so that the list shows it at once. */
export function adopt(changed: Subscription): void {
  const all = [...subscriptions.peek()].map(([id, each]) => [id, id === changed.id ? changed : each] as const);
  subscriptions.value = new Map(subscriptions.peek().has(changed.id) ? all : [[changed.id, changed], ...all]);
}

export function forget(subscriptionId: string): void {
  subscriptions.value = new Map([...subscriptions.peek()].filter(([id]) => id !== subscriptionId));
}
