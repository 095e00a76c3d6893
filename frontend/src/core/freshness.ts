/** How fresh what a page shows is. */
import type { Answer, Problem } from "./api";

export interface Freshness {
  /** When it came, in milliseconds; 0 until it first did. */
  at: number;
  /** Why the last call brought nothing. */
  problem: Problem | null;
}

export const NEVER: Freshness = { at: 0, problem: null };

export function afterAnswer(before: Freshness, answer: Answer<unknown>, now: number): Freshness {
  return answer.ok ? { at: now, problem: null } : { ...before, problem: answer.problem };
}
