import { expect, it } from "vitest";
import { Once } from "./once";

const BODY = { url: "https://a.example" };

it("keeps its key while nobody knows what became of the request", () => {
  const once = new Once();
  const key = once.keyFor(BODY);
  expect(key).toMatch(/^[0-9a-f]{32}$/);
  for (const status of [0, 502, 409]) {
    once.refused(status);
    expect(once.keyFor({ ...BODY })).toBe(key);
  }
});

it("takes a new key for another body, and after a refusal", () => {
  const once = new Once();
  const keys = [once.keyFor(BODY), once.keyFor({ url: "https://b.example" })];
  for (const status of [422, 409]) {
    once.refused(status);
    keys.push(once.keyFor({ url: "https://b.example" }));
  }
  expect(new Set(keys).size).toBe(4);
});
