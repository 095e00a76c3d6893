/** How each endpoint does: the server's figures and the subscription they are of, put into words. */
import { decimal, splitUrl } from "./format";
import { phrase, todaysPhrase } from "./http";
import { explain } from "./reason";
import type { Subscription } from "./subscription";

export type CircuitState = "closed" | "open" | "half_open" | "ramping";

/** One of `/monitor/endpoints`; times are RFC 3339. */
export interface EndpointFigures {
  subscription_id: string;
  attempts: number;
  failed: number;
  p95_ms: number | null;
  /** Deliveries that are not finished, and those of them that are held. */
  waiting: number;
  held: number;
  oldest_pending_at: string | null;
  last_attempt_at: string | null;
  last_error: { outcome: string; error: string | null; at: string } | null;
  circuit: { state: CircuitState; opened_at: string | null; closed_at: string | null; probe_at: string | null; in_flight: number | null; limit: number | null };
  /** Succeeded and failed attempts of each step, oldest first. */
  series: readonly (readonly [number, number])[];
}

export interface EndpointsAnswer {
  now: string;
  since: string;
  step_seconds: number;
  items: readonly EndpointFigures[];
}

export interface Endpoint extends EndpointFigures {
  host: string;
  path: string;
  description: string;
  state: EndpointState;
  /** Why the subscription is not active: `gone`, `failing`, or null when a person paused it. */
  disabledReason: string | null;
}

/** What the tiles count. An inactive subscription gets nothing, whatever its circuit. */
export const ENDPOINT_STATES = ["open", "ramping", "inactive", "closed"] as const;
export type EndpointState = (typeof ENDPOINT_STATES)[number];

export function isEndpointState(text: string | undefined): text is EndpointState {
  return (ENDPOINT_STATES as readonly (string | undefined)[]).includes(text);
}

/** Of a subscription not known yet, or deleted since, the end of its id stands for its host. */
export function endpointOf(figures: EndpointFigures, subscription: Subscription | undefined): Endpoint {
  const { host, path } = subscription ? splitUrl(subscription.url) : { host: `…${figures.subscription_id.slice(-12)}`, path: "" };
  const inactive = subscription !== undefined && !subscription.active;
  return {
    ...figures, host, path, description: subscription?.description ?? "", disabledReason: subscription?.disabled_reason ?? null,
    state: inactive ? "inactive" : stateOf(figures.circuit.state),
  };
}

/** Every word is somewhere in host, path, description or id. */
export function matches(endpoint: Endpoint, words: string): boolean {
  const text = `${endpoint.host}${endpoint.path} ${endpoint.description} ${endpoint.subscription_id}`.toLowerCase();
  return words.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

/** "71.2", from 99 on "99.84": the better it is, the more the second digit says. Never rounds a failure away; null of nothing. */
export function successText(attempts: number, failed: number): string | null {
  if (attempts === 0) return null;
  const share = (100 * (attempts - failed)) / attempts;
  if (failed === 0) return "100";
  const digits = share >= 99 ? 2 : 1;
  // 100 * 0.29 is 28.999999999999996: what is that near to a digit is that digit.
  return decimal(Math.floor(share * 10 ** digits + 1e-9) / 10 ** digits, digits);
}

/** How much its figure asks to be looked at. */
export function successTone(attempts: number, failed: number): "bad" | "poor" | "good" {
  const share = attempts === 0 ? 1 : (attempts - failed) / attempts;
  return share < 0.95 ? "bad" : share < 0.99 ? "poor" : "good";
}

/** Heights of the bars of each step, above the line and below it, in a box of `height`; a failure among thousands is still seen. */
export function barHeights(series: EndpointFigures["series"], above: number, below: number, least: number): { up: number; down: number }[] {
  const most = Math.max(1, ...series.map(([succeeded, failed]) => Math.max(succeeded, failed)));
  const scaled = (n: number, room: number) => (n === 0 ? 0 : Math.round(Math.max(least, (n / most) * room) * 10) / 10);
  return series.map(([succeeded, failed]) => ({ up: scaled(succeeded, above), down: scaled(failed, below) }));
}

/** "503 Service Unavailable", "Name not found": an error without the outcome that stands beside it. */
export function errorWords(outcome: string, error: string | null): string {
  const [, code, bare = ""] = /\b([1-5]\d\d)\b[\s:,)-]*(.*)/.exec((error ?? "").replace(outcome, "")) ?? [];
  if (!outcome.startsWith("http_") || code === undefined) return explain(outcome, error);
  return `${code} ${bare === "" ? phrase(Number(code)) : todaysPhrase(bare)}`.trim();
}

function stateOf(circuit: CircuitState): EndpointState {
  return circuit === "half_open" ? "open" : circuit;
}
