/** The endpoints page's texts that several of its parts use. */
import type { Endpoint, EndpointState } from "../../core/endpoints";
import { durationText } from "../../core/format";
import { texts } from "../../core/language";
import type { IconName } from "../../ui/icon";

export const RANGES = ["15m", "1h", "24h"] as const;
export type Range = (typeof RANGES)[number];

export const RANGE_WORDS: Record<Range, { last: string; none: string }> = texts({
  en: {
    "15m": { last: "Last 15 min", none: "None in the last 15 min" },
    "1h": { last: "Last hour", none: "None in the last hour" },
    "24h": { last: "Last 24 h", none: "None in the last 24 h" },
  },
  es: {
    "15m": { last: "Últimos 15 min", none: "Ninguno en 15 min" },
    "1h": { last: "Última hora", none: "Ninguno en la última hora" },
    "24h": { last: "Últimas 24 h", none: "Ninguno en 24 h" },
  },
});

export const t = texts({
  en: {
    circuit: { closed: "Closed", open: "Open", half_open: "Half-open", ramping: "Ramping", disabled: "Disabled", paused: "Paused" },
    probeIn: (wait: string) => `Probe in ${wait}`,
    probeDue: "Probe due",
    probing: "One attempt decides",
    inFlight: (n: string, limit: string) => `${n} of ${limit} in flight`,
    gone: "Answered 410 Gone",
    failing: "Failed for days",
    byPerson: "By a person",
    answered: "answered 2xx",
    failed: "failed",
    columns: { endpoint: "Endpoint", circuit: "Circuit", success: "Success", p95: "P95", backlog: "Backlog", oldest: "Oldest pending", lastError: "Last error", details: "Details" },
    noAttempts: "No attempts",
  },
  es: {
    circuit: { closed: "Cerrado", open: "Abierto", half_open: "Semiabierto", ramping: "En rampa", disabled: "Desactivada", paused: "En pausa" },
    probeIn: (wait: string) => `Prueba en ${wait}`,
    probeDue: "Prueba pendiente",
    probing: "Decide un intento",
    inFlight: (n: string, limit: string) => `${n} de ${limit} en curso`,
    gone: "Respondió 410 Gone",
    failing: "Días de fallos",
    byPerson: "Por una persona",
    answered: "respondió 2xx",
    failed: "falló",
    columns: { endpoint: "Destino", circuit: "Circuito", success: "Éxito", p95: "P95", backlog: "En espera", oldest: "Más antigua", lastError: "Último error", details: "Detalles" },
    noAttempts: "Sin intentos",
  },
});

export const STATE_ICONS: Record<EndpointState, IconName> = { open: "circuit-open", ramping: "circuit-ramping", inactive: "cancelled", closed: "circuit-closed" };

export interface CircuitWords {
  icon: IconName;
  word: string;
  /** What comes next, or why. */
  more: string;
}

/** `now` is the server's. */
export function circuitWords({ state, circuit, disabledReason }: Endpoint, now: number): CircuitWords {
  if (state === "inactive") {
    const more = { gone: t.gone, failing: t.failing }[disabledReason ?? ""];
    return more ? { icon: "cancelled", word: t.circuit.disabled, more } : { icon: "pause", word: t.circuit.paused, more: t.byPerson };
  }
  return { icon: STATE_ICONS[state], word: t.circuit[circuit.state], more: whatNext(circuit, now) };
}

function whatNext(circuit: Endpoint["circuit"], now: number): string {
  switch (circuit.state) {
    case "open": {
      const wait = circuit.probe_at === null ? 0 : Date.parse(circuit.probe_at) - now;
      return wait > 0 ? t.probeIn(durationText(Math.ceil(wait / 1_000) * 1_000)) : t.probeDue;
    }
    case "half_open": return t.probing;
    case "ramping": return circuit.in_flight === null || circuit.limit === null ? "" : t.inFlight(String(circuit.in_flight), String(circuit.limit));
    case "closed": return "";
  }
}
