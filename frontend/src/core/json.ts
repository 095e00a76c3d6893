/** JSON for reading: laid out token by token, each as it was written. Values are not parsed: a double would change some of them. */
export type Token = { kind: "key" | "string" | "number" | "plain"; text: string };

/** `not-json` is also what is JSON and has nothing to lay out: a text or a number alone. */
export type Refused = "not-json" | "deep" | "large";
export type LaidOut = { ok: true; tokens: readonly Token[] } | { ok: false; why: Refused };

const DEEPEST = 64;
/** UTF-16 units: what a browser lays out without a pause, and more than any kept body that is not made to be large. */
const LARGEST = 200_000;

const STRING = String.raw`"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"`;
const NUMBER = String.raw`-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?`;
const PART = new RegExp(String.raw`[ \t\n\r]*(?:(${STRING})|(${NUMBER}|true|false|null)|([[\]{},:]))`, "y");
const SPACE = /^[ \t\n\r]*$/;

/** What may come next, named by what it is to be. `first` is a value or the list's end, `first-key` a key or the object's end. */
type Expected = "value" | "first" | "key" | "first-key" | "colon" | "more" | "end";

export function layOut(text: string): LaidOut {
  const layout = new Layout();
  PART.lastIndex = 0;
  let end = 0;
  while (layout.expected !== "end") {
    const [, string, scalar, mark] = PART.exec(text) ?? [];
    const why = string !== undefined ? layout.string(string) : scalar !== undefined ? layout.scalar(scalar) : mark !== undefined ? layout.mark(mark) : "not-json";
    if (why !== null) return { ok: false, why };
    end = PART.lastIndex;
  }
  return SPACE.test(text.slice(end)) ? { ok: true, tokens: layout.tokens } : { ok: false, why: "not-json" };
}

class Layout {
  readonly tokens: Token[] = [];
  expected: Expected = "value";
  /** The brackets that are open, innermost last. */
  #open: ("[" | "{")[] = [];
  #size = 0;

  string(text: string): Refused | null {
    if (this.expected !== "key" && this.expected !== "first-key") return this.#value("string", text);
    this.#newLine();
    this.expected = "colon";
    return this.#put("key", text);
  }

  scalar(text: string): Refused | null {
    return this.#value("number", text);
  }

  mark(mark: string): Refused | null {
    if (mark === "[" || mark === "{") return this.#begin(mark);
    if (mark === "]" || mark === "}") return this.#finish(mark);
    if (mark === ":" && this.expected === "colon") {
      this.expected = "value";
      return this.#put("plain", ": ");
    }
    if (mark !== "," || this.expected !== "more") return "not-json";
    this.expected = this.#open.at(-1) === "{" ? "key" : "value";
    return this.#put("plain", ",");
  }

  #value(kind: Token["kind"], text: string): Refused | null {
    if (this.#open.length === 0 || !this.#takesValue()) return "not-json";
    this.#placeValue();
    this.expected = "more";
    return this.#put(kind, text);
  }

  #begin(mark: "[" | "{"): Refused | null {
    if (!this.#takesValue()) return "not-json";
    if (this.#open.length === DEEPEST) return "deep";
    if (this.#open.length > 0) this.#placeValue();
    this.#open.push(mark);
    this.expected = mark === "[" ? "first" : "first-key";
    return this.#put("plain", mark);
  }

  #finish(mark: "]" | "}"): Refused | null {
    const empty = this.expected === "first" || this.expected === "first-key";
    if ((this.expected !== "more" && !empty) || this.#open.pop() !== (mark === "]" ? "[" : "{")) return "not-json";
    if (!empty) this.#newLine();
    this.expected = this.#open.length === 0 ? "end" : "more";
    return this.#put("plain", mark);
  }

  #takesValue(): boolean {
    return this.expected === "value" || this.expected === "first";
  }

  /** A list's value has a line of its own, an object's stands beside its key. */
  #placeValue(): void {
    if (this.#open.at(-1) === "[") this.#newLine();
  }

  #newLine(): void {
    this.#put("plain", `\n${"  ".repeat(this.#open.length)}`);
  }

  #put(kind: Token["kind"], text: string): Refused | null {
    const last = this.tokens.at(-1);
    if (kind === "plain" && last?.kind === "plain") last.text += text;
    else this.tokens.push({ kind, text });
    this.#size += text.length;
    return this.#size > LARGEST ? "large" : null;
  }
}
