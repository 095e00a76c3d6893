/** The REST calls of the page, with the session's cookie. An expected failure is a Problem, never an exception. */
import type { Delivery, DeliveryDetail, SentEvent, Subscription } from "./delivery";
import { isId } from "./filter";

/** RFC 9457, as much of it as the page shows. `status` 0: no answer came. */
export interface Problem {
  status: number;
  title: string;
  detail: string;
}

export type Answer<T> = { ok: true; value: T } | { ok: false; problem: Problem };

/** The figures over the feed, null where nothing was measured. */
export interface Summary {
  attempts_5m: number | null;
  failed_attempts_5m: number | null;
  p50_ms: number | null;
  p95_ms: number | null;
  retrying: number | null;
  next_retry_at: Instant | null;
  failed_1h: number | null;
  failed_1h_endpoints: number | null;
  oldest_pending_at: Instant | null;
  oldest_pending_held: string | number | boolean | null;
  held: number | null;
  delivered_1h: number | null;
  waiting: number | null;
  subscriptions: number | null;
  now: Instant;
}

/** Milliseconds since 1970, or RFC 3339. */
export type Instant = number | string;

export function instant(at: Instant | null): number | null {
  return typeof at === "string" ? Date.parse(at) : at;
}

interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

interface Config {
  base: string;
  summary: string;
  /** Named on every call of a staff session, which has no tenant of its own. */
  tenant: string | null;
  csrf(): string;
  sessionEnded(): void;
}

export class Api {
  constructor(private readonly config: Config, private readonly send: typeof fetch = (...call) => fetch(...call)) {}

  /** What cannot be an id is not asked for: as a path it might even lead elsewhere. */
  async delivery(id: string): Promise<Answer<DeliveryDetail>> {
    if (!isId(id)) return { ok: false, problem: { status: 404, title: "Not Found", detail: "" } };
    return this.#call("GET", `${this.config.base}/webhooks/deliveries/${encodeURIComponent(id)}`);
  }

  retry(id: string): Promise<Answer<Delivery>> {
    return this.#call("POST", `${this.config.base}/webhooks/deliveries/${encodeURIComponent(id)}/retry`);
  }

  cancel(id: string): Promise<Answer<Delivery>> {
    return this.#call("POST", `${this.config.base}/webhooks/deliveries/${encodeURIComponent(id)}/cancel`);
  }

  event(id: string): Promise<Answer<SentEvent>> {
    return this.#call("GET", `${this.config.base}/webhooks/events/${encodeURIComponent(id)}`);
  }

  test(subscriptionId: string): Promise<Answer<Delivery>> {
    return this.#call("POST", `${this.config.base}/webhooks/subscriptions/${encodeURIComponent(subscriptionId)}/test`);
  }

  summary(): Promise<Answer<Summary>> {
    return this.#call("GET", this.config.summary);
  }

  /** All pages: a tenant has at most a hundred. */
  async subscriptions(): Promise<Answer<Subscription[]>> {
    const all: Subscription[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? "" : `?cursor=${encodeURIComponent(cursor)}`;
      const page: Answer<Page<Subscription>> = await this.#call("GET", `${this.config.base}/webhooks/subscriptions${query}`);
      if (!page.ok) return page;
      all.push(...page.value.items);
      cursor = page.value.next_cursor;
    } while (cursor !== null);
    return { ok: true, value: all };
  }

  async #call<T>(method: "GET" | "POST", path: string): Promise<Answer<T>> {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (method === "POST") headers["X-CSRFToken"] = this.config.csrf();
    try {
      const response = await this.send(withTenant(path, this.config.tenant), { method, headers, credentials: "same-origin", redirect: "manual" });
      if (response.ok) return { ok: true, value: (await response.json()) as T };
      // A page's redirect leads to the sign-in form.
      if (response.status === 401 || response.type === "opaqueredirect") this.config.sessionEnded();
      return { ok: false, problem: await problemOf(response) };
    } catch {
      return { ok: false, problem: { status: 0, title: "No answer", detail: "The server could not be reached." } };
    }
  }
}

export function withTenant(path: string, tenant: string | null): string {
  if (tenant === null) return path;
  return `${path}${path.includes("?") ? "&" : "?"}tenant=${encodeURIComponent(tenant)}`;
}

async function problemOf(response: Response): Promise<Problem> {
  const told = (await response.json().catch(() => ({}))) as Partial<Problem>;
  return { status: response.status, title: told.title ?? `HTTP ${response.status}`, detail: told.detail ?? "" };
}
