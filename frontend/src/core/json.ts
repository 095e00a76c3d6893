/** JSON for reading: laid out, and cut into tokens that can be coloured. */
export type Token = { kind: "key" | "string" | "number" | "plain"; text: string };

/** Null when it is not JSON, so that the raw text is shown. */
export function pretty(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? JSON.stringify(value, null, 2) : null;
  } catch {
    return null;
  }
}

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|true|false|null/gi;

export function tokens(json: string): Token[] {
  const found: Token[] = [];
  let end = 0;
  for (const match of json.matchAll(TOKEN)) {
    if (match.index > end) found.push({ kind: "plain", text: json.slice(end, match.index) });
    const [whole, string, colon] = match;
    if (string !== undefined) {
      found.push({ kind: colon === undefined ? "string" : "key", text: string });
      if (colon !== undefined) found.push({ kind: "plain", text: colon });
    } else found.push({ kind: "number", text: whole });
    end = match.index + whole.length;
  }
  if (end < json.length) found.push({ kind: "plain", text: json.slice(end) });
  return found;
}
