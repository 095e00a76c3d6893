import { describe, expect, it } from "vitest";
import { type Draft, NEW_DRAFT, bodyOf, changesIn, draftOf, errorsByField, mistakesIn, rebased } from "./subscription-draft";
import { subscription } from "./subscription.fixture";

const FILLED: Draft = { ...NEW_DRAFT, url: " https://a.example/x ", events: ["invoice.*"] };

describe("bodyOf", () => {
  it("leaves a secret to be generated, and defaults to the server", () => {
    expect(bodyOf(FILLED)).toEqual({
      url: "https://a.example/x", events: ["invoice.*"], description: "", retry_schedule: "fast", timeout: null, rate_limit: null, ordering: null, store_response_body: true,
    });
  });

  it("reads seconds and numbers as people write them", () => {
    const body = bodyOf({ ...FILLED, retries: "own", waits: "1, 30;600", timeout: "2,5", rateLimit: " 20 ", ordered: true, ownSecret: true, secret: " a secret " });
    expect(body).toMatchObject({ retry_schedule: [1, 30, 600], timeout: 2.5, rate_limit: 20, ordering: "entity", secret: " a secret " });
    expect(bodyOf({ ...FILLED, retries: "own", waits: "" })["retry_schedule"]).toEqual([]);
  });

  it("gives back the subscription that a draft was made of", () => {
    const own = subscription({ retry_schedule: [1, 2.5], rate_limit: 5, ordering: "entity", store_response_body: false, timeout: 2 });
    expect(own).toMatchObject(bodyOf(draftOf(own)));
    expect(changesIn(draftOf(own), draftOf(own))).toEqual({});
  });
});

it("says what is missing and what is no number, by the field's name", () => {
  expect(Object.keys(mistakesIn({ ...NEW_DRAFT, retries: "own", waits: "1, soon", ownSecret: true, timeout: "x", rateLimit: "y" }))).toEqual([
    "url", "events", "retry_schedule", "secret", "timeout", "rate_limit",
  ]);
  expect(mistakesIn(FILLED)).toEqual({});
  expect(mistakesIn({ ...FILLED, typedEvent: "invoice.lo" })).toEqual({ events: ["“invoice.lo” is no event type: finish or remove it."] });
});

it("sends what changed and nothing else", () => {
  const before = draftOf(subscription());
  expect(changesIn({ ...before, events: ["*"], rateLimit: "5" }, before)).toEqual({ events: ["*"], rate_limit: 5 });
  expect(changesIn({ ...before, url: `${before.url} ` }, before)).toEqual({});
});

describe("rebased", () => {
  const before = draftOf(subscription());

  it("keeps what was typed and takes over the rest", () => {
    const latest = draftOf(subscription({ url: "https://b.example/new", events: ["*"] }));
    const { draft, theirs, clashes } = rebased({ ...before, description: "Books" }, before, latest);
    expect(draft).toEqual({ ...latest, description: "Books" });
    expect([theirs, clashes]).toEqual([["url", "events"], []]);
  });

  it("says where both changed the same", () => {
    const latest = draftOf(subscription({ retry_schedule: "durable" }));
    const { draft, clashes } = rebased({ ...before, retries: "own", waits: "5" }, before, latest);
    expect([draft.retries, draft.waits, clashes]).toEqual(["own", "5", ["retry_schedule"]]);
  });
});

it("finds the field that an error of the server is about", () => {
  const { of, rest } = errorsByField({ "events.0": ["unknown"], "events.1": ["too"], url: ["no host", "no scheme"], body: ["give one"] });
  expect(of).toEqual({ events: "unknown", url: "no host no scheme" });
  expect(rest).toEqual(["give one"]);
});
