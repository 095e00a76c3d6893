/** The types of events that can be subscribed to. They do not change while a server runs: read once. */
import { computed, signal } from "@preact/signals";
import { patternsOf } from "./core/event-patterns";
import { api } from "./session";

export interface EventType {
  name: string;
  description: string;
}

export const eventTypes = signal<readonly EventType[]>([]);

/** What a subscription can ask for. */
export const eventPatterns = computed(() => patternsOf(eventTypes.value.map((type) => type.name)));

let asked = false;

export async function loadEventTypes(): Promise<void> {
  if (asked) return;
  asked = true;
  const answer = await api.get<{ items: EventType[] }>("webhooks/event-types");
  if (answer.ok) eventTypes.value = answer.value.items;
  else asked = false;
}

/** What an event or family is about; empty where the name says it all. */
export function aboutEvent(name: string): string {
  return eventTypes.value.find((type) => type.name === name)?.description ?? "";
}
