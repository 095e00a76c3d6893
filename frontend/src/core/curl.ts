/** One attempt as a command that can be pasted into a shell. */
import type { Header } from "./delivery";

/** What grants access somewhere never leaves the page. Signatures do: they prove one body and open nothing. */
const SECRET_HEADER = /authorization|cookie|token|secret|password|api-?key/;

/** The client writes these itself. */
const OWN_HEADERS: ReadonlySet<string> = new Set(["host", "content-length", "connection", "accept-encoding", "transfer-encoding"]);

export function curlOf(url: string, headers: readonly Header[], body: string): string {
  const flags = headers
    .filter(([name]) => !OWN_HEADERS.has(name))
    .map(([name, value]) => `-H ${quoted(`${name}: ${SECRET_HEADER.test(name) ? "REDACTED" : value}`)}`);
  return [`curl -X POST ${quoted(url)}`, ...flags, `--data-binary ${quoted(body)}`].join(" \\\n  ");
}

/** Within single quotes the shell leaves everything alone but a single quote. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
