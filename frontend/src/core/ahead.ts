/** How far another machine's clock is ahead of this one's, from the times that it says. */

/** So many that one late answer does not count, so few that a clock that is set right is soon believed. */
const SAMPLES = 5;

export class Ahead {
  #samples: number[] = [];

  /** `told` was the time there some time before `received`, when it was heard here; both in milliseconds. */
  learn(told: number, received: number): void {
    this.#samples = [...this.#samples, told - received].slice(-SAMPLES);
  }

  /** The answer that was the least while under way is the nearest. */
  get ms(): number {
    return this.#samples.length === 0 ? 0 : Math.max(...this.#samples);
  }
}
