import { expect, it } from "vitest";
import { pretty, tokens } from "./json";

it("lays out objects and lists, and nothing else", () => {
  expect(pretty('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
  expect([pretty("<html>"), pretty('"text"'), pretty("12")]).toEqual([null, null, null]);
});

it("cuts into tokens that make the text again", () => {
  const json = '{\n  "error": "said \\"no\\": 5",\n  "n": -1.5e3, "ok": true, "none": null, "k:": {}\n}';
  const found = tokens(json);
  expect(found.map((token) => token.text).join("")).toBe(json);
  expect(found.filter((token) => token.kind === "key").map((token) => token.text)).toEqual(['"error"', '"n"', '"ok"', '"none"', '"k:"']);
  expect(found.filter((token) => token.kind === "string").map((token) => token.text)).toEqual(['"said \\"no\\": 5"']);
  expect(found.filter((token) => token.kind === "number").map((token) => token.text)).toEqual(["-1.5e3", "true", "null"]);
});
