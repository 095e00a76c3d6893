/** What the server writes into the page for its start. */
export interface Boot {
  user: { name: string; initials: string; staff: boolean };
  tenant: { id: string; slug: string; name: string };
  tenants: { slug: string; name: string }[];
  feed: string;
  api: string;
  summary: string;
  sign_in: string;
  sign_out: string;
  version: string;
}

export const boot = JSON.parse(document.getElementById("boot")?.textContent ?? "null") as Boot;

/** A staff session has no tenant of its own, so its calls name the one it looks at. */
export const namedTenant = boot.user.staff ? boot.tenant.slug : null;

export function csrfToken(): string {
  const [, token = ""] = /(?:^|;\s*)csrftoken=([^;]*)/.exec(document.cookie) ?? [];
  return decodeURIComponent(token);
}
