/** Reason phrases of the codes receivers send; HTTP/2 no longer carries them. */
const PHRASES: Record<number, string> = {
  200: "OK", 201: "Created", 202: "Accepted", 204: "No Content",
  301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified", 307: "Temporary Redirect", 308: "Permanent Redirect",
  400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout",
  409: "Conflict", 410: "Gone", 413: "Content Too Large", 415: "Unsupported Media Type", 422: "Unprocessable Content", 429: "Too Many Requests",
  500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
};

/** What RFC 7231 called them, and what servers still write. */
const FORMER: Readonly<Record<string, number>> = { "Unprocessable Entity": 422, "Request Entity Too Large": 413, "Payload Too Large": 413 };

/** A reason phrase as RFC 9110 has it, whichever it was; other words stay as they are. */
export function todaysPhrase(words: string): string {
  const code = FORMER[words];
  return code === undefined ? words : phrase(code);
}

export function phrase(code: number): string {
  return PHRASES[code] ?? "";
}
