/** The window's title: which page, of which tenant. */
import { effect } from "@preact/signals";
import { boot } from "./boot";
import { shortId } from "./core/format";
import { route } from "./navigation";
import { PAGE_NAMES } from "./ui/page-names";

export function titlePage(): void {
  effect(() => {
    const at = route.value;
    document.title = `${at.page === "delivery" ? shortId(at.id) : PAGE_NAMES[at.page]} · ${boot.tenant.name} · GestiqCloud Webhooks`;
  });
}
