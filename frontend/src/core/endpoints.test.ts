import { describe, expect, it } from "vitest";
import { type EndpointFigures, barHeights, endpointOf, errorWords, matches, successText, successTone } from "./endpoints";
import { subscription as subscriptionWith } from "./subscription.fixture";

const figures: EndpointFigures = {
  subscription_id: "0194ad1c-8f00-7c4e-9d3a-5a1b2c3d4e5f", attempts: 10, failed: 1, p95_ms: 80, waiting: 0, held: 0, oldest_pending_at: null, last_attempt_at: null, last_error: null,
  circuit: { state: "half_open", opened_at: null, closed_at: null, probe_at: null, in_flight: null, limit: null }, series: [],
};
const subscription = subscriptionWith({ id: figures.subscription_id, url: "https://hooks.norte.example/in/erp", description: "Norte distribution" });

describe("endpointOf", () => {
  it("counts a circuit that probes as open", () => {
    expect(endpointOf(figures, subscription)).toMatchObject({ host: "hooks.norte.example", path: "/in/erp", description: "Norte distribution", state: "open" });
  });

  it("is inactive whatever the circuit, when the subscription is", () => {
    expect(endpointOf(figures, { ...subscription, active: false, disabled_reason: "gone" })).toMatchObject({ state: "inactive", disabledReason: "gone" });
  });

  it("is named by its id when the subscription is not known", () => {
    expect(endpointOf(figures, undefined)).toMatchObject({ host: "…5a1b2c3d4e5f", path: "", state: "open" });
  });
});

it("is found by every word of host, path and description", () => {
  const endpoint = endpointOf(figures, subscription);
  expect(["", "NORTE", "hooks erp", "distribution norte", "erp sur"].map((words) => matches(endpoint, words))).toEqual([true, true, true, true, false]);
});

it.each([
  [0, 0, null, "good"], [5, 0, "100", "good"], [1_000, 288, "71.2", "bad"], [1_000, 24, "97.6", "poor"], [1_000, 10, "99.00", "good"], [10_000, 16, "99.84", "good"], [1_000_000, 1, "99.99", "good"], [1_000, 11, "98.9", "poor"], [1, 1, "0.0", "bad"],
])("of %s attempts with %s failed says %s", (attempts, failed, text, tone) => {
  expect([successText(attempts, failed), successTone(attempts, failed)]).toEqual([text, tone]);
});

it("draws answered above and failed below on one scale, and the only failure of many", () => {
  expect(barHeights([[1_000, 0], [500, 1], [0, 0]], 20, 10, 3)).toEqual([{ up: 20, down: 0 }, { up: 10, down: 3 }, { up: 0, down: 0 }]);
  expect(barHeights([[0, 0]], 20, 10, 3)).toEqual([{ up: 0, down: 0 }]);
});

it.each([
  ["http_5xx", "http_5xx: HTTP 503 Service Unavailable", "503 Service Unavailable"], ["http_5xx", "http_5xx: 503", "503 Service Unavailable"], ["http_4xx", "http_4xx (410)", "410 Gone"], ["http_429", "http_429: HTTP 429, Retry-After 30 s", "429 Retry-After 30 s"],
  ["timeout", "timeout: No answer in 100 ms", "No answer in 100 ms"], ["dns", null, "Name not found"],
])("says of %s what %s adds", (outcome, error, words) => {
  expect(errorWords(outcome, error)).toBe(words);
});
