import { describe, expect, it } from "vitest";
import { ago, bareUrl, day, deliveredShare, matches, nameOf, scheduleName, stateOf } from "./subscription";
import { subscription } from "./subscription.fixture";

describe("stateOf", () => {
  const circuit = { state: "open", opened_at: null, next_probe_at: null } as const;

  it("tells a pause by a person from the server's own reasons", () => {
    expect(stateOf(subscription())).toEqual({ kind: "active", reason: "" });
    expect(stateOf(subscription({ active: false }))).toEqual({ kind: "paused", reason: "" });
    expect(stateOf(subscription({ active: false, disabled_reason: "gone" }))).toEqual({ kind: "disabled", reason: "Gone (410)" });
    expect(stateOf(subscription({ active: false, disabled_reason: "failing" }))).toEqual({ kind: "disabled", reason: "Failing" });
  });

  it("is held by a circuit that is not closed, unless it is inactive anyway", () => {
    expect(stateOf(subscription({ circuit }))).toEqual({ kind: "held", reason: "Circuit open" });
    expect(stateOf(subscription({ circuit: { ...circuit, state: "half_open" } })).reason).toBe("Circuit probing");
    expect(stateOf(subscription({ circuit, active: false })).kind).toBe("paused");
  });

  it("shows a reason it does not know as it is", () => {
    expect(stateOf(subscription({ active: false, disabled_reason: "quota" })).reason).toBe("quota");
  });
});

describe("deliveredShare", () => {
  it("is rounded down, so that one failure in a million is seen", () => {
    expect(deliveredShare({ attempts: 1_000_000, failed: 1 })).toEqual({ words: "99.99", tone: "" });
    expect(deliveredShare({ attempts: 3, failed: 0 })).toEqual({ words: "100.00", tone: "" });
  });

  it("warns below 99 and 95 percent", () => {
    expect(deliveredShare({ attempts: 100, failed: 1 })!.tone).toBe("");
    expect(deliveredShare({ attempts: 1_000, failed: 11 })!.tone).toBe("low");
    expect(deliveredShare({ attempts: 100, failed: 5 })!.tone).toBe("low");
    expect(deliveredShare({ attempts: 1_000, failed: 51 })!.tone).toBe("bad");
  });

  it("has nothing to say without attempts", () => expect(deliveredShare({ attempts: 0, failed: 0 })).toBeNull());
});

it("names a subscription by its description, or by its URL", () => {
  expect(nameOf(subscription())).toBe("Ledger");
  expect(nameOf(subscription({ description: "" }))).toBe("hooks.example.com/erp");
  expect(bareUrl("https://hooks.example.com/")).toBe("hooks.example.com");
});

it("says how it retries", () => {
  expect([scheduleName("fast"), scheduleName("durable"), scheduleName([1, 30]), scheduleName([])]).toEqual(["Fast", "Durable", "1, 30 s", "None"]);
});

it("says in one unit how long ago something was", () => {
  expect([0, 1_900, 9_400, 61_000, 7_300_000, 3 * 86_400_000].map(ago)).toEqual(["now", "now", "9 s", "1 m", "2 h", "3 d"]);
});

it("writes a day shortly", () => expect(day(new Date(2026, 10, 25, 9, 5).getTime(), true)).toBe("25 Nov 09:05"));

it("is found by name, URL and events, all words of the search together", () => {
  for (const search of ["ledg", "HOOKS.example", "invoice.*", "ledger invoice", ""]) expect(matches(subscription(), search)).toBe(true);
  for (const search of ["payment", "ledger payment"]) expect(matches(subscription(), search)).toBe(false);
});
