/**
 * The last `capacity` entries under numbers that never change: `start` is the oldest kept, `end` one past the newest.
 * A snapshot is one remembered `end`, so pausing copies nothing.
 */
export class Ring<T> {
  #slots: (T | undefined)[] = [];
  #start = 0;
  #end = 0;

  constructor(private readonly capacity: number) {}

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#end;
  }

  push(entry: T): void {
    this.#slots[this.#end % this.capacity] = entry;
    this.#end += 1;
    if (this.#end - this.#start > this.capacity) this.#start += 1;
  }

  /** Undefined when it was overwritten or does not exist yet. */
  at(number: number): T | undefined {
    if (number < this.#start || number >= this.#end) return undefined;
    return this.#slots[number % this.capacity];
  }

  /** Numbers go on from where they were: one held from before can never name a later entry. */
  clear(): void {
    this.#slots = [];
    this.#start = this.#end;
  }
}
