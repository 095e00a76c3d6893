import { expect, it } from "vitest";
import { asText, pieces } from "./visible";

it("names what is not seen, and leaves the rest as it is", () => {
  expect(pieces("plain\n\ttext, mañana 👍")).toEqual([{ text: "plain\n\ttext, mañana 👍", code: null }]);
  expect(pieces("a\u202eb\u0000")).toEqual([{ text: "a", code: null }, { text: "\u202e", code: "U+202E" }, { text: "b", code: null }, { text: "\u0000", code: "U+0000" }]);
  expect(asText("a\u202eb")).toBe("aU+202Eb");
});
