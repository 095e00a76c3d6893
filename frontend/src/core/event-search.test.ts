import { expect, it } from "vitest";
import { isEmpty, paramsOf, queryOf, readText, searchIn } from "./event-search";

const ID = "019ab610-422b-790a-a437-9dc6b07d5ebf";

it("is what the address says, and the other way round", () => {
  const search = searchIn({ type: "invoice.*,payment.received", entity: ID, range: "7d", event: "x" });
  expect(search).toEqual({ types: ["invoice.*", "payment.received"], entity: ID, range: "7d" });
  expect(searchIn(paramsOf(search))).toEqual(search);
  expect(isEmpty(searchIn({ range: "constructor" }))).toBe(true);
  expect(isEmpty(search)).toBe(false);
});

it("asks REST for the time that a range means now", () => {
  const now = Date.parse("2026-11-25T12:00:00Z");
  expect(queryOf(searchIn({ range: "24h", type: "*" }), now)).toEqual({ type: "*", entity: "", since: "2026-11-24T12:00:00.000Z" });
  expect(queryOf(searchIn({}), now)["since"]).toBe("");
});

it("takes an id for one of an event or of an entity, unless it says which", () => {
  expect(readText(` ${ID.toUpperCase()} `)).toEqual({ kind: "id", id: ID });
  expect(readText(`event: ${ID}`)).toEqual({ kind: "event", id: ID });
  expect(readText("entity:INV-7")).toEqual({ kind: "entity", id: "INV-7" });
});

it("says what it cannot read", () => {
  expect(readText("invoice.lost")).toEqual({ kind: "problem", problem: "“invoice.lost” is neither an event type nor an id." });
  expect(readText("id:7").kind).toBe("problem");
});
