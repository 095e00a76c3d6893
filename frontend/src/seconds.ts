/** The feed's figures of each second, on their way to the charts. The feed tells them, whoever listens hears them. */
import type { Second } from "./core/history";

export type { Second } from "./core/history";

type Listener = (second: Second) => void;
const listeners = new Set<Listener>();

/** The upper edges in seconds of a Second's `durations`, as hello names them. */
let edges: readonly number[] = [];

/** Returns what ends it. */
export function onSecond(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function tellSecond(second: Second): void {
  for (const listener of listeners) listener(second);
}

export function learnEdges(told: readonly number[]): void {
  edges = told;
}

export function durationEdges(): readonly number[] {
  return edges;
}
