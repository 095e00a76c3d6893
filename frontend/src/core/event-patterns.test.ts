import { expect, it } from "vitest";
import { offersFor, patternsOf, readPatterns, withPatterns } from "./event-patterns";

const TYPES = ["invoice.created", "invoice.sent", "payment.received"];
const PATTERNS = patternsOf(TYPES);

it("offers everything, the families and the types", () => {
  expect(PATTERNS).toEqual(["*", "invoice.*", "payment.*", ...TYPES]);
  expect(offersFor("INV", PATTERNS, ["invoice.*"])).toEqual(["invoice.created", "invoice.sent"]);
  expect(offersFor("", PATTERNS, ["*"])).toHaveLength(5);
});

it("takes names as they are typed or pasted", () => {
  expect(readPatterns(" Invoice.* , payment.received\ninvoice.*", PATTERNS)).toEqual({ ok: true, patterns: ["invoice.*", "payment.received", "invoice.*"] });
  expect(withPatterns(["invoice.*"], ["payment.received", "invoice.*"])).toEqual(["invoice.*", "payment.received"]);
});

it("refuses a name that is none, and says which", () => {
  expect(readPatterns("invoice.*, invoice.lost", PATTERNS)).toEqual({ ok: false, problem: "No event type is called “invoice.lost”." });
  expect(readPatterns("pay*", PATTERNS).ok).toBe(false);
});

it("leaves the judgement to the server while the types are not known", () => {
  expect(readPatterns("order.made", [])).toEqual({ ok: true, patterns: ["order.made"] });
});
