import { describe, expect, it } from "vitest";
import { formatTerm } from "./filter";
import { type Suggestion, suggest } from "./suggest";

const ID = "0194ad1c-8f00-7c4e-9d3a-5a1b2c3d4e5f";
const known = { events: ["payment.received", "invoice.sent"], endpoints: [{ id: ID, label: "hooks.acme.example/gestiq" }] };
const written = (offer: Suggestion) => (offer.kind === "term" ? formatTerm(offer.term) : offer.kind === "key" ? `${offer.key}:` : `open ${offer.id}`);
const offers = (text: string) => suggest(text, known).map(written);

describe("suggest", () => {
  it("begins with the keys", () => {
    expect(offers("")).toEqual(["status:", "event:", "code:", "endpoint:", "outcome:", "attempt:", "id:"]);
  });

  it("offers the values of a key", () => {
    expect(offers("status:d")).toEqual(["status:pending", "status:delivering", "status:delivered", "status:retrying", "status:held", "status:failed", "status:cancelled"].filter((each) => each.slice(7).includes("d")));
    expect(offers("event:")).toEqual(["event:invoice.*", "event:invoice.sent", "event:payment.*", "event:payment.received"]);
  });

  it("offers the attempt that is typed before those after it", () => {
    expect(offers("attempt:2")).toEqual(["attempt:2", "attempt:>2"]);
  });

  it("finds a value without its key", () => {
    expect(offers("timeo")).toEqual(["outcome:timeout"]);
    expect(offers("503")).toEqual(["code:503"]);
  });

  it("offers an endpoint by its URL and filters by its id", () => {
    expect(suggest("endpoint:acme", known)).toEqual([{ kind: "term", term: { key: "endpoint", value: ID, negated: false }, label: "hooks.acme.example/gestiq" }]);
  });

  it("knows an endpoint by its subscription, too", () => {
    expect(offers("subscription:acme")).toEqual([`endpoint:${ID}`]);
    expect(offers("subs")).toEqual(["endpoint:"]);
    expect(offers(`endpoint:${ID}`)).toEqual([`endpoint:${ID}`]);
    const deleted = ID.replace("0194", "0193");
    expect(offers(`subscription:${deleted}`)).toEqual([`endpoint:${deleted}`]);
  });

  it("keeps a negation", () => {
    expect(offers("not status:fail")).toEqual(["-status:failed"]);
    expect(offers("-eve")).toContain("event:");
  });

  it("opens a delivery by its id, with the key or without", () => {
    expect(offers(ID)).toEqual([`open ${ID}`]);
    expect(offers(`id: ${ID}`)).toEqual([`open ${ID}`]);
  });
});
