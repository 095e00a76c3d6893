/** Attempts a second over the last few seconds, from what each frame says it examined. */
const WINDOW_MS = 5_000;

export class RateMeter {
  #counted: { at: number; n: number }[] = [];
  #startedAt: number | null = null;

  add(n: number, at: number): void {
    this.#startedAt ??= at;
    this.#counted.push({ at, n });
  }

  perSecond(now: number): number {
    if (this.#startedAt === null) return 0;
    const since = now - WINDOW_MS;
    this.#counted = this.#counted.filter((each) => each.at > since);
    const total = this.#counted.reduce((sum, each) => sum + each.n, 0);
    // A page just opened has not watched the whole window yet.
    const watched = Math.min(WINDOW_MS, Math.max(1_000, now - this.#startedAt));
    return (total * 1_000) / watched;
  }
}
