/** A question whose answer takes a while, and is of interest only where nothing changed meanwhile. */
export class Question {
  #asked: string | null = null;

  /**
   * `state` says what the question is about and what it was asked in: asked again in the same state, it is the same
   * question. Null where the answer is not wanted any more, or is somebody else's.
   */
  async ask<T>(state: () => string, read: () => Promise<T>): Promise<T | null> {
    const before = state();
    if (this.#asked === before) return null;
    this.#asked = before;
    const answer = await read();
    if (this.#asked !== before) return null;
    this.#asked = null;
    return state() === before ? answer : null;
  }
}
