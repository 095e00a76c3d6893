/** The REST calls of the page, with the session's cookie. An expected failure is a Problem, never an exception. */
import type { Delivery, DeliveryDetail, SentEvent } from "./delivery";
import { isId } from "./filter";
import { texts } from "./language";
import { hasShape } from "./shapes";
import type { Subscription } from "./subscription";

/** A call that was not answered by then has failed: nothing waits for ever. */
const DEADLINE_MS = 30_000;

const t = texts({
  en: { noAnswer: "No answer", unreachable: "The server could not be reached.", unreadable: "The answer was not understood", other: "It is none of this server. Reload the page if that lasts." },
  es: { noAnswer: "Sin respuesta", unreachable: "No se pudo contactar con el servidor.", unreadable: "No se entendió la respuesta", other: "No es de este servidor. Si persiste, recargue la página." },
});

/** RFC 9457, as much of it as the page shows. `status` 0: no answer came. `errors` has what is wrong with each field. */
export interface Problem {
  status: number;
  title: string;
  detail: string;
  errors: Readonly<Record<string, readonly string[]>>;
}

/** `etag` names the state that was read, where the server says it. */
export type Answer<T> = { ok: true; value: T; etag?: string } | { ok: false; problem: Problem };

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
  /** The newest first. */
  open_circuits: readonly { subscription_id: string; opened_at: string; held?: number }[];
  now: Instant;
}

/** Milliseconds since 1970, or RFC 3339. */
export type Instant = number | string;

export function instant(at: Instant | null): number | null {
  return typeof at === "string" ? Date.parse(at) : at;
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
export type Query = Readonly<Record<string, string | number | null | undefined>>;

interface Config {
  base: string;
  pages: string;
  /** For whom the page was made: named in every call, so that none is made for somebody else who signs in meanwhile. */
  tenant: string;
  user: string;
  csrf(): string;
  sessionEnded(): void;
}

export class Api {
  constructor(private readonly config: Config, private readonly send: typeof fetch = (...call) => fetch(...call)) {}

  /** What cannot be an id is not asked for: as a path it might even lead elsewhere. */
  async delivery(id: string): Promise<Answer<DeliveryDetail>> {
    if (!isId(id)) return { ok: false, problem: { status: 404, title: "Not Found", detail: "", errors: {} } };
    return this.get(`webhooks/deliveries/${id}`);
  }

  retry(id: string, once?: string): Promise<Answer<Delivery>> {
    return this.post(`webhooks/deliveries/${encodeURIComponent(id)}/retry`, undefined, once);
  }

  cancel(id: string, once?: string): Promise<Answer<Delivery>> {
    return this.post(`webhooks/deliveries/${encodeURIComponent(id)}/cancel`, undefined, once);
  }

  event(id: string): Promise<Answer<SentEvent>> {
    return this.get(`webhooks/events/${encodeURIComponent(id)}`);
  }

  test(subscriptionId: string): Promise<Answer<Delivery>> {
    return this.post(`webhooks/subscriptions/${encodeURIComponent(subscriptionId)}/test`);
  }

  summary(): Promise<Answer<Summary>> {
    return this.page("summary");
  }

  /** All pages: a tenant has at most a hundred. */
  async subscriptions(): Promise<Answer<Subscription[]>> {
    const all: Subscription[] = [];
    let cursor: string | null = null;
    do {
      const page: Answer<Page<Subscription>> = await this.get("webhooks/subscriptions", { cursor });
      if (!page.ok) return page;
      all.push(...page.value.items);
      cursor = page.value.next_cursor;
    } while (cursor !== null);
    return { ok: true, value: all };
  }

  /** What only the pages ask for: `path` under the monitor's own address. */
  page<T>(path: string, query: Query = {}): Promise<Answer<T>> {
    return this.#call("GET", withQuery(`${this.config.pages}/${path}`, query));
  }

  /** REST, with `path` under the tenant's address. */
  get<T>(path: string, query: Query = {}): Promise<Answer<T>> {
    return this.#call("GET", withQuery(`${this.config.base}/${path}`, query));
  }

  /** `once` makes a repeated call have the first one's effect and answer: for what a person presses twice. */
  post<T>(path: string, body?: object, once?: string): Promise<Answer<T>> {
    return this.#call("POST", `${this.config.base}/${path}`, body, once === undefined ? {} : { "Idempotency-Key": once });
  }

  /** With the `etag` of the state it was made from, a change is refused (412) where somebody else came first. */
  patch<T>(path: string, body: object, etag?: string): Promise<Answer<T>> {
    return this.#call("PATCH", `${this.config.base}/${path}`, body, etag === undefined ? {} : { "If-Match": etag });
  }

  put<T>(path: string, body?: object): Promise<Answer<T>> {
    return this.#call("PUT", `${this.config.base}/${path}`, body);
  }

  remove(path: string): Promise<Answer<null>> {
    return this.#call("DELETE", `${this.config.base}/${path}`);
  }

  async #call<T>(method: Method, path: string, body?: object, extra: Record<string, string> = {}): Promise<Answer<T>> {
    const headers: Record<string, string> = { Accept: "application/json", "X-Signed-In-As": this.config.user, ...extra };
    if (method !== "GET") headers["X-CSRFToken"] = this.config.csrf();
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const request: RequestInit = { method, headers, credentials: "same-origin", redirect: "manual", signal: AbortSignal.timeout(DEADLINE_MS) };
    if (body !== undefined) request.body = JSON.stringify(body);
    try {
      const response = await this.send(withTenant(path, this.config.tenant), request);
      if (response.ok) return await answered<T>(method, path, response);
      // A page's redirect leads to the sign-in form.
      if (response.status === 401 || response.type === "opaqueredirect") this.config.sessionEnded();
      return { ok: false, problem: await problemOf(response) };
    } catch {
      return { ok: false, problem: { status: 0, title: t.noAnswer, detail: t.unreachable, errors: {} } };
    }
  }
}

async function answered<T>(method: Method, path: string, response: Response): Promise<Answer<T>> {
  const value = (response.status === 204 ? null : await response.json().catch(() => null)) as T;
  if (response.status !== 204 && !(method === "GET" ? hasShape(path, value) : value !== null)) {
    return { ok: false, problem: { status: 0, title: t.unreadable, detail: t.other, errors: {} } };
  }
  const etag = response.headers.get("ETag");
  return etag === null ? { ok: true, value } : { ok: true, value, etag };
}

function withQuery(path: string, query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== null && value !== undefined && value !== "") search.set(name, String(value));
  const text = search.toString();
  return text === "" ? path : `${path}?${text}`;
}

export function withTenant(path: string, tenant: string): string {
  return `${path}${path.includes("?") ? "&" : "?"}tenant=${encodeURIComponent(tenant)}`;
}

async function problemOf(response: Response): Promise<Problem> {
  const told = (await response.json().catch(() => ({}))) as Partial<Problem>;
  return { status: response.status, title: told.title ?? `HTTP ${response.status}`, detail: told.detail ?? "", errors: told.errors ?? {} };
}
