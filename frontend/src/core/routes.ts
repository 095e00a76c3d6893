/** The pages and their addresses. */
const PATHS = {
  live: "/",
  subscriptions: "/subscriptions",
  endpoints: "/endpoints",
  // `/metrics` is for Prometheus.
  metrics: "/charts",
  events: "/events",
  settings: "/settings",
} as const;

export type ListedPage = keyof typeof PATHS;
export const LISTED_PAGES = Object.keys(PATHS) as ListedPage[];

/** `id` is the delivery's, on its own page. */
export type Route = { page: ListedPage; id: null } | { page: "delivery"; id: string };

/** Null for an address that is none of the monitor's pages. */
export function routeOf(pathname: string): Route | null {
  const path = pathname.length > 1 ? pathname.replace(/\/$/, "") : pathname;
  const listed = LISTED_PAGES.find((page) => PATHS[page] === path);
  if (listed) return { page: listed, id: null };
  const [, id] = /^\/deliveries\/([^/]+)$/.exec(path) ?? [];
  return id === undefined ? null : { page: "delivery", id: decoded(id) };
}

export function pathOf(page: ListedPage): string {
  return PATHS[page];
}

export function deliveryPath(id: string): string {
  return `/deliveries/${encodeURIComponent(id)}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
