import { describe, expect, it } from "vitest";
import { formatTerms } from "./filter";
import { readEntered } from "./filter-text";

const ID = "0194ad1c-8f00-7c4e-9d3a-5a1b2c3d4e5f";
const OTHER = "0194ad1c-8f00-7c4e-9d3a-5a1b2c3d4e60";
const known = {
  events: ["payment.received", "invoice.sent", "invoice.created", "invalid.thing"],
  endpoints: [{ id: ID, label: "hooks.acme.example/gestiq" }, { id: OTHER, label: "api.ledger.example/acme" }],
};

function entered(text: string): [terms: string, unread: string, problem: string] {
  const read = readEntered(text, known);
  return read.kind === "open" ? [`open ${read.id}`, "", ""] : [formatTerms(read.terms), read.unread, read.problem];
}

describe("readEntered", () => {
  it.each([
    ["status:failed code:5xx", "status:failed code:5xx"],
    ["status: failed  not event:invoice.sent", "status:failed -event:invoice.sent"],
    ["timeo", "outcome:timeout"],
    ["status:fail endpoint:hooks", `status:failed endpoint:${ID}`],
    ["subscription:ledger", `endpoint:${OTHER}`],
    [`subscription:${OTHER}`, `endpoint:${OTHER}`],
    ["event:invoice", "event:invoice.*"],
    ["event:invo", "event:invoice.*"],
    ["-event:invoice", "-event:invoice.*"],
    ["event:sent", "event:invoice.sent"],
  ])("%s is %s", (text, terms) => {
    expect(entered(text)).toEqual([terms, "", ""]);
  });

  it("opens a delivery by its id", () => {
    expect(entered(`id: ${ID}`)).toEqual([`open ${ID}`, "", ""]);
    expect(entered(ID)).toEqual([`open ${ID}`, "", ""]);
  });

  it("takes what it can read and names what it cannot", () => {
    expect(entered("status:failed code:999 event:invoice.*")).toEqual(["status:failed event:invoice.*", "code:999", expect.stringMatching(/^“code:999”: code takes/)]);
    expect(entered("code:999")).toEqual(["", "code:999", expect.stringMatching(/^code takes/)]);
  });

  it("does not choose where there is a choice", () => {
    expect(entered("event:inv")).toEqual(["", "event:inv", expect.stringMatching(/^event takes/)]);
    expect(entered("endpoint:acme")).toEqual(["", "endpoint:acme", expect.stringMatching(/^endpoint takes/)]);
  });

  it("says what id takes", () => {
    expect(entered("id:xyz")).toEqual(["", "id:xyz", expect.stringMatching(/^id takes a delivery's whole id/)]);
  });
});
