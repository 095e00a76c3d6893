import { describe, expect, it } from "vitest";
import { formatTerms, parseTerm, parseTerms, readTerms, residual, toWire, valueWords, withTerm, withoutTerm } from "./filter";
import { makeRow } from "./rows.fixture";

const ID = "0194ad1c-8f00-7c4e-9d3a-5a1b2c3d4e5f";
const wire = (text: string) => toWire(parseTerms(text));

describe("reading a term", () => {
  it.each([
    ["status:FAILED", "status:failed"],
    ["code:5XX", "code:5xx"],
    ["event:invoice.*", "event:invoice.*"],
    ["outcome:http_5xx", "outcome:http_5xx"],
    ["attempt:>1", "attempt:>1"],
    ["attempt:>=2", "attempt:>1"],
    ["attempt:2", "attempt:2"],
    ["attempt:=02", "attempt:2"],
    ["not status:delivered", "-status:delivered"],
    ["-event:webhook.test", "-event:webhook.test"],
    [`subscription:${ID}`, `endpoint:${ID}`],
    ["code : 503", "code:503"],
  ])("%s is %s", (text, canonical) => {
    const parsed = parseTerm(text);
    expect(parsed.ok && formatTerms([parsed.term])).toBe(canonical);
  });

  it.each(["status:broken", "code:6xx", "code:5", "event:Invoice", "attempt:0", "attempt:>x", "endpoint:acme", "outcome:5xx"])("%s says what the key takes", (text) => {
    const parsed = parseTerm(text);
    expect(parsed).toMatchObject({ ok: false, problem: expect.stringContaining(text.split(":")[0]!) });
  });

  it("names the keys when there is none it knows", () => {
    expect(parseTerm("colour:red")).toMatchObject({ ok: false, problem: expect.stringContaining("status, event, code") });
  });
});

describe("the URL's form", () => {
  it("goes there and back", () => {
    const text = `status:failed -event:webhook.test code:5xx attempt:>1 endpoint:${ID}`;
    expect(formatTerms(parseTerms(text))).toBe(text);
  });

  it("may spell a negation out", () => {
    expect(formatTerms(parseTerms("not status:delivered code:5xx not event:webhook.test"))).toBe("-status:delivered code:5xx -event:webhook.test");
  });

  it("may have spaces where typing may have them", () => {
    expect(formatTerms(parseTerms("status: failed not code : 5xx"))).toBe("status:failed -code:5xx");
  });

  it("keeps what it cannot read as text, beside the terms that it can", () => {
    const { terms, unread } = readTerms("status:failed nonsense code:999 code:404 not zzz:1");
    expect(formatTerms(terms)).toBe("status:failed code:404");
    expect(unread).toBe("nonsense code:999 not zzz:1");
  });
});

describe("changing the filter", () => {
  const term = (text: string) => parseTerms(text)[0]!;

  it("lets a term replace its opposite", () => {
    expect(formatTerms(withTerm(parseTerms("status:failed code:5xx"), term("-status:failed")))).toBe("code:5xx -status:failed");
  });

  it("has one minimum of attempts", () => {
    expect(formatTerms(withTerm(parseTerms("attempt:>1"), term("attempt:>3")))).toBe("attempt:>3");
  });

  it("has one number or minimum of attempts, and leaves out as many numbers as are named", () => {
    expect(formatTerms(withTerm(parseTerms("attempt:>1"), term("attempt:3")))).toBe("attempt:3");
    expect(formatTerms(withTerm(parseTerms("-attempt:2 -attempt:>4"), term("-attempt:3")))).toBe("-attempt:2 -attempt:>4 -attempt:3");
  });

  it("takes away only what was meant", () => {
    expect(formatTerms(withoutTerm(parseTerms("status:failed status:held"), term("status:held")))).toBe("status:failed");
  });
});

it("says in words what attempts are meant", () => {
  expect(parseTerms("attempt:2").map(valueWords)).toEqual(["2"]);
  expect(parseTerms("attempt:>1").map(valueWords)).toEqual(["2 or later"]);
});

describe("on the wire", () => {
  it("is empty without terms", () => {
    expect(wire("")).toEqual({});
  });

  it("lists alternatives, and negates apart", () => {
    expect(wire(`status:failed status:delivered event:invoice.* code:5xx code:429 outcome:timeout endpoint:${ID} attempt:>1 -event:webhook.test -attempt:>4`)).toEqual({
      status: ["DELIVERED", "FAILED"], event: ["invoice.*"], code: ["5xx", "429"], outcome: ["timeout"], subscription: [ID], min_attempt: 2,
      not: { event: ["webhook.test"], min_attempt: 5 },
    });
  });

  it("asks for one attempt as what is not before and not after it", () => {
    expect(wire("attempt:2")).toEqual({ min_attempt: 2, not: { min_attempt: 3 } });
    expect(wire("attempt:2 -attempt:>4 -event:webhook.test")).toEqual({ min_attempt: 2, not: { event: ["webhook.test"], min_attempt: 3 } });
    expect(wire("-attempt:2 attempt:>1")).toEqual({ min_attempt: 2 });
  });

  it("asks for held as what it is there: pending or retrying", () => {
    expect(wire("status:held")).toEqual({ status: ["PENDING", "RETRYING"] });
    expect(wire("status:held status:retrying")).toEqual({ status: ["PENDING", "RETRYING"] });
    expect(wire("status:retrying")).toEqual({ status: ["RETRYING"] });
  });

  it("takes nothing away of which only some rows are unwanted", () => {
    expect(wire("-status:held")).toEqual({});
    expect(wire("-status:pending")).toEqual({});
    expect(wire("-status:held -status:retrying -status:failed")).toEqual({ not: { status: ["RETRYING", "FAILED"] } });
  });
});

describe("what is left for the page", () => {
  const delivered = makeRow();
  const retrying = makeRow({ status: "RETRYING" });
  const held = makeRow({ status: "RETRYING", held: "circuit" });
  const shown = (text: string) => [delivered, retrying, held].filter(residual(parseTerms(text)) ?? (() => true));

  it("is nothing for filters that the server fully evaluates", () => {
    expect(residual(parseTerms("status:failed code:5xx -status:delivered"))).toBeNull();
  });

  it("tells held from pending", () => {
    const [pending, untried] = [makeRow({ status: "PENDING" }), makeRow({ status: "PENDING", held: "circuit" })];
    const of = (text: string) => [pending, untried, held].filter(residual(parseTerms(text)) ?? (() => true));
    expect(of("status:pending")).toEqual([pending]);
    expect(of("status:held")).toEqual([untried, held]);
    expect(of("-status:pending")).toEqual([untried, held]);
  });

  it("leaves one attempt out", () => {
    const [first, second, third] = [makeRow({ attempt: 1, status: "RETRYING" }), makeRow({ attempt: 2, status: "RETRYING" }), makeRow({ attempt: 3, status: "RETRYING" })];
    const left = [first, second, third, held].filter(residual(parseTerms("-attempt:2 status:retrying"))!);
    expect(left).toEqual([first, third]);
  });

  it("tells held from retrying", () => {
    expect(shown("status:held")).toEqual([held]);
    expect(shown("status:retrying")).toEqual([retrying]);
    expect(shown("-status:held")).toEqual([delivered, retrying]);
    expect(shown("status:held status:retrying")).toEqual([retrying, held]);
  });
});
