/**
 * A list that grows at its old end: numbers count down from `end`, which stays. What was numbered once keeps its number,
 * as in the ring, so that whatever shows one shows the other.
 */
export class Backwards<T> {
  #newestFirst: T[] = [];
  readonly end = 0;

  get start(): number {
    return -this.#newestFirst.length;
  }

  at(number: number): T | undefined {
    return this.#newestFirst[-1 - number];
  }

  addOlder(newestFirst: readonly T[]): void {
    for (const entry of newestFirst) this.#newestFirst.push(entry);
  }

  clear(): void {
    this.#newestFirst = [];
  }
}
