/** Attempts a second over the last few seconds, from what the feed says of each. */
const WINDOW_MS = 5_000;

export class RateMeter {
  #counted: { at: number; n: number; seconds: number }[] = [];

  /** `n` attempts within `seconds` seconds, told at `at`. */
  add(n: number, seconds: number, at: number): void {
    this.#counted.push({ at, n, seconds });
  }

  perSecond(now: number): number {
    this.#counted = this.#counted.filter((each) => each.at > now - WINDOW_MS);
    const seconds = this.#counted.reduce((sum, each) => sum + each.seconds, 0);
    return seconds === 0 ? 0 : this.#counted.reduce((sum, each) => sum + each.n, 0) / seconds;
  }
}
