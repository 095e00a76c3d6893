/** The `Idempotency-Key` of a request that a person may have to send again. */
const BYTES = 16;

/**
 * The key stays the same while it is not known what became of the request, and as long as the body does.
 * After a refusal it is a new one: the server keeps refusals too, and the reason may be gone.
 */
export class Once {
  #body = "";
  #key = "";
  #inDoubt = false;

  /** Whether the last request may have had its effect, though nobody was told. */
  get inDoubt(): boolean {
    return this.#inDoubt;
  }

  keyFor(body: object): string {
    const text = JSON.stringify(body);
    if (this.#key === "" || text !== this.#body) [this.#body, this.#key, this.#inDoubt] = [text, randomKey(), false];
    return this.#key;
  }

  /** `status` of the answer, 0 for none. A 409 to a repeated request may say that the first is under way. */
  refused(status: number): void {
    const unknown = status === 0 || status >= 500;
    if (unknown || (status === 409 && this.#inDoubt)) this.#inDoubt = true;
    else this.done();
  }

  /** What is sent from now on is something else, also with the same body. */
  done(): void {
    [this.#key, this.#inDoubt] = ["", false];
  }
}

/** `crypto.randomUUID` is there on HTTPS and loopback only. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(BYTES)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
