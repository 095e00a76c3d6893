/** What was delivered in the last day, by subscription. */
import { signal } from "@preact/signals";
import type { EndpointFigures } from "../../core/endpoints";
import { api } from "../../session";

/** Empty until they are known, and where the server does not count them. */
export const figures = signal<ReadonlyMap<string, EndpointFigures>>(new Map());

let missing = false;

export async function loadFigures(): Promise<void> {
  if (missing) return;
  const answer = await api.page<{ items: EndpointFigures[] }>("endpoints", { range: "24h" });
  if (answer.ok) figures.value = new Map(answer.value.items.map((each) => [each.subscription_id, each]));
  else missing = answer.problem.status === 404;
}
