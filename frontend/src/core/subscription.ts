/** Subscriptions as REST gives them, and what the pages say of one. */
import type { EndpointFigures } from "./endpoints";
import { clock, day as dayOf } from "./format";
import { language, texts } from "./language";

export interface Subscription {
  id: string;
  url: string;
  events: string[];
  description: string;
  active: boolean;
  /** `gone` or `failing`; null where a person paused it. */
  disabled_reason: string | null;
  /** Masked. */
  secret: string;
  previous_valid_until: string | null;
  circuit: { state: "closed" | "open" | "half_open" | "ramping"; opened_at: string | null; next_probe_at: string | null };
  retry_schedule: string | number[];
  timeout: number;
  ordering: "entity" | null;
  rate_limit: number | null;
  store_response_body: boolean;
  created_at: string;
  updated_at: string;
}

export interface RotatedSecret {
  secret: string;
  previous_valid_until: string | null;
}

const t = texts({
  en: { gone: "Gone (410)", failing: "Failing", open: "Circuit open", probing: "Circuit probing", ramping: "Circuit ramping", fast: "Fast", durable: "Durable", noRetries: "None", now: "now" },
  es: { gone: "Ya no existe (410)", failing: "Falla siempre", open: "Circuito abierto", probing: "Circuito a prueba", ramping: "Circuito en rampa", fast: "Rápidos", durable: "Duraderos", noRetries: "Ninguno", now: "ahora" },
});

export type StateKind = "active" | "held" | "paused" | "disabled";

export interface State {
  kind: StateKind;
  /** Why; empty where the kind says it all. */
  reason: string;
}

const CIRCUIT_WORDS: Record<string, string> = { open: t.open, half_open: t.probing, ramping: t.ramping };
const DISABLED_WORDS: Record<string, string> = { gone: t.gone, failing: t.failing };

export function stateOf(subscription: Subscription): State {
  const { active, disabled_reason: why, circuit } = subscription;
  if (!active) return why ? { kind: "disabled", reason: DISABLED_WORDS[why] ?? why } : { kind: "paused", reason: "" };
  return circuit.state === "closed" ? { kind: "active", reason: "" } : { kind: "held", reason: CIRCUIT_WORDS[circuit.state] ?? circuit.state };
}

/** "Fast", "Durable", or the waits of a list: "1, 30 s". */
export function scheduleName(schedule: Subscription["retry_schedule"]): string {
  if (typeof schedule !== "string") return schedule.length === 0 ? t.noRetries : `${schedule.join(", ")} s`;
  return { fast: t.fast, durable: t.durable }[schedule] ?? schedule;
}

const SHARE = new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const WARNS_BELOW = 99;
const FAILS_BELOW = 95;

export interface Share {
  /** Without its percent sign, which is set quieter. */
  words: string;
  tone: "" | "low" | "bad";
}

/** The attempts that succeeded, in percent; null where there was none. Rounded down: 99.998 % is not "100.00". */
export function deliveredShare({ attempts, failed }: Pick<EndpointFigures, "attempts" | "failed">): Share | null {
  if (attempts === 0) return null;
  const percent = Math.floor(((attempts - failed) / attempts) * 10_000) / 100;
  return { words: SHARE.format(percent), tone: percent < FAILS_BELOW ? "bad" : percent < WARNS_BELOW ? "low" : "" };
}

const UNITS = [["d", 86_400], ["h", 3_600], ["m", 60], ["s", 1]] as const;
const JUST_NOW_S = 2;

/** One unit is enough to see which subscriptions are at work: "now", "9 s", "3 d". */
export function ago(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const unit = UNITS.find(([, size]) => seconds >= size);
  return unit === undefined || seconds < JUST_NOW_S ? t.now : `${Math.floor(seconds / unit[1])} ${unit[0]}`;
}

/** "25 Nov", and the time of day besides where the day alone does not say it. */
export function day(at: number, withTime = false): string {
  return withTime ? `${dayOf(at)} ${clock(at).slice(0, 5)}` : dayOf(at);
}

export function nameOf({ description, url }: Pick<Subscription, "description" | "url">): string {
  return description || bareUrl(url);
}

/** The address without its scheme, as people say it. */
export function bareUrl(url: string): string {
  return url.replace(/^https?:\/\//i, "").replace(/^([^/?#]+)\/$/, "$1");
}

/** Name, URL and events; every word must be found in one of them. */
export function matches(subscription: Subscription, search: string): boolean {
  const found = [subscription.description, subscription.url, ...subscription.events].join("\n").toLowerCase();
  return search.toLowerCase().split(/\s+/).every((word) => found.includes(word));
}
