/** The window's title and its icon: which page, of which tenant, and whether deliveries fail now. */
import { computed, effect } from "@preact/signals";
import { boot } from "./boot";
import { openCircuits } from "./circuits";
import { shortId } from "./core/format";
import { route } from "./navigation";
import { summary } from "./summary";
import { PAGE_NAMES } from "./ui/page-names";

/** As the alert rule has it: more than a tenth of five minutes' attempts failed. */
const FAILING_ABOVE = 0.1;
/** Of fewer attempts a share says little. */
const LEAST_ATTEMPTS = 10;

const failing = computed(() => {
  const { attempts_5m: attempts, failed_attempts_5m: failed } = summary.value ?? { attempts_5m: 0, failed_attempts_5m: 0 };
  return openCircuits.value.length > 0 || ((attempts ?? 0) >= LEAST_ATTEMPTS && (failed ?? 0) / attempts! > FAILING_ABOVE);
});

export function titlePage(): void {
  effect(() => {
    const at = route.value;
    const page = at.page === "delivery" ? shortId(at.id) : PAGE_NAMES[at.page];
    document.title = `${failing.value ? "⚠ " : ""}${page} · ${boot.tenant.name} · GestiqCloud Webhooks`;
  });
  const icon = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  const { calm, alarmed } = { calm: icon?.href ?? "", alarmed: icon?.dataset["failing"] ?? "" };
  effect(() => {
    if (icon) icon.href = failing.value ? alarmed : calm;
  });
}
