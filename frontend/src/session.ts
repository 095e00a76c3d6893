/** The REST client of this page and whether its session still stands. */
import { signal } from "@preact/signals";
import { boot, csrfToken } from "./boot";
import { serverNow } from "./clock";
import { Api } from "./core/api";

/** When the session was found to have ended; the rows shown are from before. */
export const endedAt = signal<number | null>(null);

export const api = new Api({
  base: boot.api,
  pages: boot.pages,
  tenant: boot.tenant.slug,
  user: boot.user.id,
  csrf: csrfToken,
  sessionEnded,
});

export function sessionEnded(): void {
  endedAt.value ??= serverNow();
}

export function signInUrl(): string {
  return `${boot.sign_in}?next=${encodeURIComponent(location.pathname + location.search)}`;
}
