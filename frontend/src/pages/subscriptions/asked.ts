/** What a dialog asks about a subscription; one at a time. */
import { signal } from "@preact/signals";
import { mayAct } from "../../boot";

export type Asking = "pause" | "resume" | "rotate" | "delete" | "test";

export const asked = signal<{ what: Asking; id: string } | null>(null);

export function ask(what: Asking, id: string): void {
  if (mayAct) asked.value = { what, id };
}

export function doneAsking(): void {
  asked.value = null;
}
