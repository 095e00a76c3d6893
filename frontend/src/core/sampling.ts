/** Tells how thin the shown successes are while the server sheds some of them. Failures are never shed. */
import type { AttemptRow } from "./protocol";

const WINDOW_MS = 10_000;

export class Sampling {
  #counted: { at: number; shown: number; dropped: number }[] = [];

  add(rows: readonly AttemptRow[], dropped: number, at: number): void {
    if (dropped === 0 && this.#counted.length === 0) return;
    const shown = rows.reduce((n, row) => n + (row.outcome === "success" ? 1 : 0), 0);
    this.#counted.push({ at, shown, dropped });
  }

  clear(): void {
    this.#counted = [];
  }

  /** N of "1 in N successes", or null when nothing was shed lately. */
  oneIn(now: number): number | null {
    this.#counted = this.#counted.filter((each) => each.at > now - WINDOW_MS);
    const dropped = this.#counted.reduce((n, each) => n + each.dropped, 0);
    if (dropped === 0) {
      this.#counted = [];
      return null;
    }
    const shown = this.#counted.reduce((n, each) => n + each.shown, 0);
    return Math.max(2, Math.round((shown + dropped) / Math.max(1, shown)));
  }
}
