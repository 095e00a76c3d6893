/** What is shown lives in the URL, so that it can be shared and undone with Back: the page, its query, the filter, the open delivery. */
import { batch, signal } from "@preact/signals";
import { type Term, formatTerms, readTerms } from "./core/filter";
import { type ListedPage, type Route, pathOf, routeOf } from "./core/routes";

export interface Opened {
  id: string;
  /** The attempt a row stood for; null for the latest. */
  attempt: number | null;
}

/** Parameters that mean the same on every page. */
const TENANT = "tenant";
const DELIVERY = "delivery";
/** On the live page the feed's filter, on others whatever they search for. */
const FILTER = "q";

const asked = new URLSearchParams(location.search);

export const route = signal<Route>(routeOf(location.pathname) ?? { page: "live", id: null });
const initial = readTerms((route.peek().page === "live" && asked.get(FILTER)) || "");
/** What a page keeps in its address besides the above. On other pages than the live one `q` is theirs: the words they search. */
export const query = signal<Readonly<Record<string, string>>>(ownQuery(route.peek(), asked));
export const terms = signal<readonly Term[]>(initial.terms);
export const opened = signal<Opened | null>(openedIn(route.peek(), asked));
/** What of the filter the page was opened with is none: the filter bar shows it, the address no longer does. */
export const { unread } = initial;
if (unread !== "") history.replaceState(null, "", here());

/** Follows the address, and links between the pages without loading them anew. */
export function watchAddress(): void {
  addEventListener("popstate", readAddress);
  addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[href]");
    if (!link || !isOwn(link)) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}

export function go(address: string): void {
  const before = route.peek();
  history.pushState(null, "", address);
  readAddress();
  if (route.peek().page !== before.page) scrollTo(0, 0);
}

/** The address of a page, with the tenant that is looked at. The live page's keeps its filter. */
export function addressOf(page: ListedPage, own: Record<string, string> = {}): string {
  return written(pathOf(page), page === "live" ? { [FILTER]: formatTerms(terms.value), ...own } : own);
}

/** The address of a path with its query, with the tenant that is looked at. */
export function written(path: string, own: Record<string, string>): string {
  const search = new URLSearchParams();
  const tenant = new URLSearchParams(location.search).get(TENANT);
  for (const [name, value] of Object.entries({ [TENANT]: tenant ?? "", ...own })) if (value !== "") search.set(name, value);
  const text = search.toString().replaceAll("%3A", ":").replaceAll("%3E", ">").replaceAll("%2A", "*");
  return text === "" ? path : `${path}?${text}`;
}

/** Changes the page's own query. Typing or dragging is one stop of Back, not twenty: then `replace`. */
export function ask(own: Record<string, string>, { replace = false } = {}): void {
  query.value = withoutEmpty({ ...query.peek(), ...own });
  if (replace) history.replaceState(null, "", here());
  else history.pushState(null, "", here());
}

/** `own` changes the live page's own query besides: both are one stop of Back. */
export function filterBy(next: readonly Term[], own: Record<string, string> = {}): void {
  const changed = Object.entries(own).some(([name, value]) => (query.peek()[name] ?? "") !== value);
  if (!changed && formatTerms(next) === formatTerms(terms.value)) return;
  batch(() => {
    terms.value = next;
    query.value = withoutEmpty({ ...query.peek(), ...own });
  });
  history.pushState(null, "", here());
}

export function openDelivery(id: string): void {
  opened.value = { id, attempt: null };
  history.pushState(null, "", here());
}

/** Opens what a row of the list stands for. Stepping from row to row is one stop of Back, not twenty. */
export function openAttempt(id: string, attempt: number): void {
  const stepping = opened.value !== null;
  opened.value = { id, attempt };
  if (stepping) history.replaceState(null, "", here());
  else history.pushState(null, "", here());
}

export function closeDelivery(): void {
  if (opened.value === null) return;
  opened.value = null;
  history.pushState(null, "", here());
}

function readAddress(): void {
  const search = new URLSearchParams(location.search);
  const to = routeOf(location.pathname) ?? { page: "live", id: null };
  const now = readTerms(search.get(FILTER) ?? "").terms;
  batch(() => {
    route.value = to;
    query.value = ownQuery(to, search);
    // The feed keeps its filter while other pages are looked at.
    if (to.page === "live" && formatTerms(now) !== formatTerms(terms.value)) terms.value = now;
    opened.value = openedIn(to, search);
  });
}

function withoutEmpty(own: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(own).filter(([, value]) => value !== ""));
}

function openedIn(at: Route, search: URLSearchParams): Opened | null {
  const id = at.page === "delivery" ? at.id : search.get(DELIVERY);
  return id ? { id, attempt: null } : null;
}

function ownQuery(at: Route, search: URLSearchParams): Record<string, string> {
  return Object.fromEntries([...search].filter(([name]) => name !== TENANT && name !== DELIVERY && !(name === FILTER && at.page === "live")));
}

/** The address of what is shown. */
function here(): string {
  const at = route.peek();
  const filter = at.page === "live" ? { [FILTER]: formatTerms(terms.peek()) } : {};
  const delivery = at.page === "delivery" ? "" : (opened.peek()?.id ?? "");
  return written(location.pathname, { ...query.peek(), ...filter, [DELIVERY]: delivery });
}

/** Another tenant's page has another feed: it is loaded anew. */
function isOwn(link: HTMLAnchorElement): boolean {
  if (link.origin !== location.origin || link.target !== "" || link.hash !== "" || link.hasAttribute("download") || routeOf(link.pathname) === null) return false;
  return new URLSearchParams(link.search).get(TENANT) === new URLSearchParams(location.search).get(TENANT);
}
