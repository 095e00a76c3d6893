/** What was delivered in the last day, by subscription. */
import { signal } from "@preact/signals";
import { serverNow } from "../../clock";
import type { EndpointFigures } from "../../core/endpoints";
import { NEVER, afterAnswer } from "../../core/freshness";
import { api } from "../../session";

/** Empty until they are known. */
export const figures = signal<ReadonlyMap<string, EndpointFigures>>(new Map());

export const figuresFresh = signal(NEVER);

export async function loadFigures(): Promise<void> {
  const answer = await api.page<{ items: EndpointFigures[] }>("endpoints", { range: "24h" });
  figuresFresh.value = afterAnswer(figuresFresh.peek(), answer, serverNow());
  if (answer.ok) figures.value = new Map(answer.value.items.map((each) => [each.subscription_id, each]));
}
