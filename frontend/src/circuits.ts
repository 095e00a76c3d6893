/** The tenant's open circuits, and which of them opened before the reader's eyes. */
import { computed, effect, signal } from "@preact/signals";
import { circuitOpened } from "./alerts";
import { endpointOf } from "./subscriptions";
import { summary } from "./summary";

export interface OpenCircuit {
  subscriptionId: string;
  openedAt: number;
  /** How many of its deliveries are held. */
  held: number;
}

/** The newest first. */
export const openCircuits = computed<readonly OpenCircuit[]>(() =>
  (summary.value?.open_circuits ?? []).map(({ subscription_id: subscriptionId, opened_at, held = 0 }) => ({ subscriptionId, openedAt: Date.parse(opened_at), held })),
);

/** The one that opened last while the page was there, until it closes or is put away. */
export const alerted = signal<OpenCircuit | null>(null);

export function watchCircuits(): void {
  let known: ReadonlySet<string> | null = null;
  effect(() => {
    if (summary.value === null) return;
    const open = openCircuits.value;
    // What was open already when the page came is no news.
    const news = known === null ? [] : open.filter((circuit) => !known!.has(openingOf(circuit)));
    known = new Set(open.map(openingOf));
    for (const { subscriptionId } of news) circuitOpened(endpointOf(subscriptionId).host);
    if (news[0]) alerted.value = news[0];
    else if (alerted.peek() && !known.has(openingOf(alerted.peek()!))) alerted.value = null;
  });
}

/** A circuit that closes and opens again is another opening. */
function openingOf({ subscriptionId, openedAt }: OpenCircuit): string {
  return `${subscriptionId} ${openedAt}`;
}
