/** The metrics page's texts and how its figures are written. */
import { NO_ANSWER, OTHER_CODES } from "../../core/chart-panels";
import { NONE, count, decimal, durationText, percent } from "../../core/format";
import type { Scale } from "../../core/chart-scale";
import { language, texts } from "../../core/language";

export const t = texts({
  en: {
    all: "All endpoints", endpoint: "Endpoint", range: "Time range", custom: "Custom", pause: "Pause", resume: "Resume", paused: (at: string) => `Paused at ${at}`,
    scope: "Whose figures", tenant: "This tenant", system: "All tenants", source: { attempts: "Figures from stored attempts", prometheus: "Figures from Prometheus" },
    selected: (from: string, to: string) => `${from} to ${to} selected`, failuresInLive: (n: number) => `Show ${count(n)} ${n === 1 ? "failure" : "failures"} in Live`, failures: (n: number) => `${count(n)} ${n === 1 ? "failure" : "failures"}`,
    how: "Drag across a chart to select a range, or focus it and use the arrow keys with Shift.", zoom: "Zoom", clear: "Clear the selection",
    empty: "No attempts in this range", emptyMore: "The charts begin with the first attempt.", longer: "Show 24 h", everybody: "Show all endpoints",
    table: (title: string) => `${title} as a table`, chart: (title: string) => `${title} as a chart`,
    at: (time: string) => `at ${time}`, mean: "mean", newest: "newest", inRange: "in the range", inSelection: "in the selection",
    success: { title: "Success rate", unit: "% of attempts", series: "Success", target: "Target 99.5 %", points: "pts", attempts: "Attempts", failed: "Failed" },
    failed: { title: "Failures by status", unit: "per minute" },
    latency: { title: "P95 latency", s: "seconds", ms: "milliseconds", alert: "Alert: P99 over 5 s", alertShort: "Alert P99" },
    retries: { title: "Retry reasons", unit: "retries per minute" },
    codes: { title: "HTTP status distribution", code: "Code", share: "Share", perMinute: "A minute", none: "None" },
    backlog: { title: "Backlog", unit: "deliveries waiting", waiting: "All waiting", held: "Held", retrying: "Retrying", oldest: "Oldest", perEndpoint: "The backlog over time is kept for all endpoints together." },
    noAnswer: "No answer", feedAway: "The feed is away.", otherCodes: "Other codes", nothing: "None in this range",
  },
  es: {
    all: "Todos los destinos", endpoint: "Destino", range: "Periodo", custom: "Otro", pause: "Pausar", resume: "Reanudar", paused: (at: string) => `En pausa desde las ${at}`,
    scope: "Datos de quién", tenant: "Esta organización", system: "Todas", source: { attempts: "Datos de los intentos guardados", prometheus: "Datos de Prometheus" },
    selected: (from: string, to: string) => `De ${from} a ${to}`, failuresInLive: (n: number) => `Ver ${count(n)} ${n === 1 ? "fallo" : "fallos"} en vivo`, failures: (n: number) => `${count(n)} ${n === 1 ? "fallo" : "fallos"}`,
    how: "Arrastre sobre un gráfico para seleccionar un periodo, o enfóquelo y use las flechas con Mayús.", zoom: "Ampliar", clear: "Quitar la selección",
    empty: "Sin intentos en este periodo", emptyMore: "Los gráficos empiezan con el primer intento.", longer: "Mostrar 24 h", everybody: "Mostrar todos los destinos",
    table: (title: string) => `${title} como tabla`, chart: (title: string) => `${title} como gráfico`,
    at: (time: string) => `a las ${time}`, mean: "media", newest: "último", inRange: "en el periodo", inSelection: "en la selección",
    success: { title: "Tasa de éxito", unit: "% de intentos", series: "Éxito", target: "Objetivo 99,5 %", points: "pp", attempts: "Intentos", failed: "Fallidos" },
    failed: { title: "Fallos por estado", unit: "por minuto" },
    latency: { title: "Latencia P95", s: "segundos", ms: "milisegundos", alert: "Alerta: P99 más de 5 s", alertShort: "Alerta P99" },
    retries: { title: "Motivos de reintento", unit: "reintentos por minuto" },
    codes: { title: "Códigos HTTP", code: "Código", share: "Proporción", perMinute: "Por minuto", none: "Ninguno" },
    backlog: { title: "En espera", unit: "entregas pendientes", waiting: "Todas", held: "Retenidas", retrying: "Reintentando", oldest: "Más antigua", perEndpoint: "La espera a lo largo del tiempo se guarda para todos los destinos juntos." },
    noAnswer: "Sin respuesta", feedAway: "El flujo no está disponible.", otherCodes: "Otros códigos", nothing: "Nada en este periodo",
  },
});

/** A code or an outcome, as the API spells it. */
export function seriesWords(key: string): string {
  return key === NO_ANSWER ? t.noAnswer : key === OTHER_CODES ? t.otherCodes : key;
}

/** Seldom is not never. */
const SELDOM = `< ${decimal(0.1, 1)}`;

export const PER_MINUTE = "/min";

/** How figures are written that are read together: all with a digit after the point, or none of them. */
export function ratesLike(all: readonly number[]): (n: number) => string {
  const digits = Math.max(0, ...all) >= 10 || all.every(Number.isInteger) ? 0 : 1;
  const least = 10 ** -digits;
  return (n) => (n > 0 && n < least ? `< ${decimal(least, digits)}` : digits === 0 ? count(Math.round(n)) : decimal(n, digits));
}

/** The ticks of an axis, all with as many digits after the point. */
export function ticksLike({ ticks }: Scale): (tick: number) => string {
  const digits = Math.max(...ticks.map((tick) => (String(tick).split(".")[1] ?? "").length));
  const { format } = new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return (tick) => format(tick);
}

export interface TimeUnit {
  unit: "ms" | "s";
  ms: number;
  /** The unit's name. */
  name: string;
  words: (ms: number | null) => string;
}

/** One unit for all that is read together, by the largest of it. */
export function timeUnitFor(mostMs: number): TimeUnit {
  const value = (words: (ms: number) => string) => (ms: number | null) => (ms === null ? NONE : words(ms));
  return mostMs < 1_000
    ? { unit: "ms", ms: 1, name: t.latency.ms, words: value((ms) => count(Math.round(ms))) }
    : { unit: "s", ms: 1_000, name: t.latency.s, words: value((ms) => decimal(ms / 1_000, 2)) };
}

export function shareWords(part: number, all: number): string {
  if (all === 0) return NONE;
  return `${part > 0 && part / all < 0.001 ? SELDOM : percent(part, all)} %`;
}

export function countWords(n: number | null): string {
  return n === null ? NONE : count(n);
}

export function waitWords(since: number | null, now: number): string {
  return since === null ? NONE : durationText(Math.max(0, Math.round((now - since) / 1_000) * 1_000));
}
