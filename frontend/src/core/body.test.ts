import { expect, it } from "vitest";
import { sizeOf, sizeWords } from "./body";

const ANSWER = { response_body: "ok", response_bytes: 2, response_truncated: false, response_headers: {} };

it("counts the bytes as they came, not as they read", () => {
  expect(sizeWords({ ...ANSWER, response_body: "\ufffd".repeat(6), response_bytes: 6 })).toBe("6 bytes");
  expect(sizeWords({ ...ANSWER, response_body: "año", response_bytes: null })).toBe("4 bytes");
  expect(sizeOf("año")).toBe(4);
});

it("says of what was cut how long it was, where that was told", () => {
  const cut = { ...ANSWER, response_bytes: 16_384, response_truncated: true };
  expect(sizeWords(cut)).toBe("first 16,384 bytes, cut");
  expect(sizeWords({ ...cut, response_headers: { "Content-Length": "20000" } })).toBe("first 16,384 of 20,000 bytes");
  expect(sizeWords({ ...cut, response_headers: { "Content-Length": "10" } })).toBe("first 16,384 bytes, cut");
});
