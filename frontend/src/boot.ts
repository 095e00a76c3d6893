/** What the server writes into the page for its start. */
import type { Language } from "./core/language";

export interface Boot {
  user: { id: string; name: string; initials: string; staff: boolean; role: "viewer" | "operator" | "admin" };
  tenant: { id: string; slug: string; name: string };
  tenants: { slug: string; name: string }[];
  limits: { subscriptions: number };
  feed: string;
  api: string;
  pages: string;
  sign_in: string;
  sign_out: string;
  /** `chosen` is null where the page has the browser's own language; a form posted to `choose` changes that. */
  language: { chosen: Language | null; choose: string };
  version: string;
}

export const boot = JSON.parse(document.getElementById("boot")?.textContent ?? "null") as Boot;

/** Whether the person may do more than look; the server has the last word. */
export const mayAct = boot.user.role !== "viewer";

export function csrfToken(): string {
  const [, token = ""] = /(?:^|;\s*)csrftoken=([^;]*)/.exec(document.cookie) ?? [];
  return decodeURIComponent(token);
}
