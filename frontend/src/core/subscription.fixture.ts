/** A subscription as REST gives it, for tests. */
import type { Subscription } from "./subscription";

export function subscription(fields: Partial<Subscription> = {}): Subscription {
  return {
    id: "s1", url: "https://hooks.example.com/erp", events: ["invoice.*"], description: "Ledger", active: true, disabled_reason: null, secret: "…cN5A",
    previous_valid_until: null, circuit: { state: "closed", opened_at: null, next_probe_at: null }, retry_schedule: "fast", timeout: 10, ordering: null,
    rate_limit: null, store_response_body: true, created_at: "2026-11-25T08:00:00Z", updated_at: "2026-11-25T08:00:00Z", ...fields,
  };
}
