/** The last column of a row: what the attempt meant, and what comes next. */
import { durationText } from "./format";
import { todaysPhrase } from "./http";
import { texts } from "./language";
import { type AttemptRow, endedAt } from "./protocol";
import { HELD_WORDS, statusOf } from "./status";

export interface Reason {
  /** As the API spells it; empty for a success. */
  outcome: string;
  words: string;
}

const OUTCOME_WORDS: Readonly<Record<string, string>> = texts({
  en: {
    timeout: "No answer in time", connection: "Connection failed", dns: "Name not found", tls: "TLS handshake failed", blocked: "Address refused",
    abandoned: "The worker stopped", http_3xx: "Redirects are not followed", http_4xx: "Refused by the receiver", http_429: "Too many requests",
    http_5xx: "Error of the receiver",
  },
  es: {
    timeout: "Sin respuesta a tiempo", connection: "Falló la conexión", dns: "Nombre no encontrado", tls: "Falló la negociación TLS", blocked: "Dirección rechazada",
    abandoned: "El proceso se detuvo", http_3xx: "No se siguen redirecciones", http_4xx: "Rechazada por el receptor", http_429: "Demasiadas peticiones",
    http_5xx: "Error del receptor",
  },
});

const t = texts({
  en: {
    deliveredAfter: (retries: number) => `Delivered after ${retries} ${retries === 1 ? "retry" : "retries"}`,
    held: (why: string) => `held: ${why}`,
    retryIn: (wait: string) => `retry in ${wait}`,
    noneLeft: "no retries left",
  },
  es: {
    deliveredAfter: (retries: number) => `Entregada tras ${retries} ${retries === 1 ? "reintento" : "reintentos"}`,
    held: (why: string) => `retenida: ${why}`,
    retryIn: (wait: string) => `reintento en ${wait}`,
    noneLeft: "sin más reintentos",
  },
});

/** What the server itself writes into an error, in other words; what a receiver or a library wrote stays as it is. */
const SERVER_WORDS = texts<readonly (readonly [said: RegExp, words: string])[]>({
  en: [],
  es: [
    [/^no complete answer in (.+) s$/, "sin respuesta completa en $1 s"],
    [/^the connection ended before the answer was complete$/, "la conexión terminó antes que la respuesta"],
    [/^the receiver closed the connection without an answer$/, "el receptor cerró la conexión sin responder"],
    [/^the name (.+) cannot be resolved$/, "no se encuentra el nombre $1"],
    [/^the certificate is not valid: /, "el certificado no es válido: "],
    [/^the answer is not valid HTTP: /, "la respuesta no es HTTP válido: "],
    [/^the URL cannot be called$/, "no se puede llamar a la URL"],
    [/^(.+) is a private or reserved address$/, "$1 es una dirección privada o reservada"],
    [/^(.+) is no single host's address$/, "$1 no es la dirección de una sola máquina"],
    [/^(.+) is to be reached by https only$/, "$1 solo admite https"],
    [/^(.+) port (\d+) is a port that is not allowed$/, "$1: el puerto $2 no está permitido"],
    [/^the worker stopped before it recorded an outcome$/, "el proceso se detuvo antes de anotar un resultado"],
    [/^Connection refused$/, "conexión rechazada"],
    [/^Connection reset by peer$/, "conexión cortada por el receptor"],
  ],
});

export function reasonOf(row: AttemptRow): Reason {
  if (row.outcome === "success") {
    const retries = row.attempt - 1;
    return { outcome: "", words: retries > 0 ? t.deliveredAfter(retries) : "" };
  }
  const words = [explain(row.outcome, row.error), whatNext(row)].filter(Boolean).join(", ");
  return { outcome: row.outcome, words };
}

/** The error without the outcome and the code it begins with, which stand beside it. */
export function explain(outcome: string, error: string | null): string {
  const bare = (error ?? "").replace(outcome, "").replace(/^[\s:,(-]*(?:HTTP\s*)?(?:\d{3}\b)?[\s:,)-]*/i, "").trim();
  const words = bare === "" ? (OUTCOME_WORDS[outcome] ?? "") : reworded(todaysPhrase(bare));
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function reworded(said: string): string {
  const [pattern, words] = SERVER_WORDS.find(([known]) => known.test(said)) ?? [];
  return pattern && words !== undefined ? said.replace(pattern, words) : said;
}

function whatNext(row: AttemptRow): string {
  const status = statusOf(row);
  if (status === "held") return HELD_WORDS[row.held!] ?? t.held(row.held!);
  if (status === "retrying" && row.nextAttemptAt !== null) {
    return t.retryIn(durationText(roughly(row.nextAttemptAt - endedAt(row))));
  }
  const last = row.maxAttempts !== null && row.attempt >= row.maxAttempts;
  return status === "failed" && last ? t.noneLeft : "";
}

/** A wait as the schedule names it: the few milliseconds of recording are not worth a digit. */
function roughly(ms: number): number {
  return Math.max(0, Math.round(ms / 1_000)) * 1_000;
}
