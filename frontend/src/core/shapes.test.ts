import { describe, expect, it } from "vitest";
import { hasShape } from "./shapes";

describe("hasShape", () => {
  it.each([null, [], "text", 3, {}, { items: null }, { items: {} }])("finds that %j is no list", (value) => {
    expect(hasShape("/api/v1/tenant/webhooks/events?limit=1", value)).toBe(false);
  });

  it("asks for the lists of each answer", () => {
    expect(hasShape("/api/v1/tenant/webhooks/events?limit=1", { items: [] })).toBe(true);
    expect(hasShape("/api/v1/tenant/webhooks/events/019ab60f", { id: "019ab60f" })).toBe(true);
    expect(hasShape("/api/v1/tenant/webhooks/deliveries/019ab60f", { id: "019ab60f" })).toBe(false);
    expect(hasShape("/monitor/attempts", { rows: [] })).toBe(false);
    expect(hasShape("/monitor/attempts", { rows: [], fields: [] })).toBe(true);
  });
});
