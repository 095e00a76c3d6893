/** What is said of a kept body: its size, and whether it is all of it. */
import { type Attempt, headerList, headerValue } from "./delivery";
import { bytes, count } from "./format";
import { texts } from "./language";

const t = texts({
  en: { firstOf: (kept: string, all: string) => `first ${kept} of ${all}`, cut: (kept: string) => `first ${kept}, cut` },
  es: { firstOf: (kept: string, all: string) => `primeros ${kept} de ${all}`, cut: (kept: string) => `primeros ${kept}, cortado` },
});

export function sizeOf(body: string): number {
  return new TextEncoder().encode(body).length;
}

type Answered = Pick<Attempt, "response_body" | "response_bytes" | "response_truncated" | "response_headers">;

/** Counted by the server as the bytes came: what is not UTF-8 has another length once it is text. */
export function sizeWords({ response_body: body, response_bytes: read, response_truncated: cut, response_headers: headers }: Answered): string {
  const kept = read ?? sizeOf(body ?? "");
  if (!cut) return bytes(kept);
  const told = Number(headerValue(headerList(headers), "content-length") ?? Number.NaN);
  return told > kept ? t.firstOf(count(kept), bytes(told)) : t.cut(bytes(kept));
}
