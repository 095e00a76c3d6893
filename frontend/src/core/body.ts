/** What is said of a kept body: its size, and whether it is all of it. */
import type { Header } from "./delivery";
import { headerValue } from "./delivery";
import { bytes, count } from "./format";
import { texts } from "./language";

const t = texts({
  en: { firstOf: (kept: string, all: string) => `first ${kept} of ${all}`, cut: (kept: string) => `first ${kept}, cut` },
  es: { firstOf: (kept: string, all: string) => `primeros ${kept} de ${all}`, cut: (kept: string) => `primeros ${kept}, cortado` },
});

/** Response bodies are kept up to here. */
const KEPT_BYTES = 16 * 1024;

export function sizeOf(body: string): number {
  return new TextEncoder().encode(body).length;
}

export function sizeWords(body: string, headers: readonly Header[]): string {
  const kept = sizeOf(body);
  const told = Number(headerValue(headers, "content-length") ?? Number.NaN);
  if (told > kept) return t.firstOf(count(kept), bytes(told));
  return kept >= KEPT_BYTES ? t.cut(bytes(kept)) : bytes(kept);
}
