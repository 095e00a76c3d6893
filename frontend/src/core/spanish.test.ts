import { beforeAll, expect, it, vi } from "vitest";

let format: typeof import("./format");
let filter: typeof import("./filter");
let reason: typeof import("./reason");

beforeAll(async () => {
  vi.stubGlobal("document", { documentElement: { lang: "es" } });
  vi.resetModules();
  format = await import("./format");
  filter = await import("./filter");
  reason = await import("./reason");
});

it("writes figures with a decimal comma and points between thousands", () => {
  const { count, latency, percent, rate, text } = format;
  expect([count(12_207), count(2_004), text(latency(2_004)), text(latency(10_000))]).toEqual(["12.207", "2004", "2004 ms", "10,0 s"]);
  expect([percent(987, 1_000), rate(38.44), rate(12_004.4)]).toEqual(["98,7", "38,4", "12.004"]);
});

it("keeps the units of durations", () => {
  expect([1_200, 219_000, 100_800_000].map(format.durationText)).toEqual(["1,2 s", "3 m 39 s", "1 d 4 h"]);
});

it("names months in Spanish", () => {
  const at = new Date(2025, 0, 24, 14, 32, 7, 412).getTime();
  expect(format.moment(at, at + 86_400_000)).toBe("24 ene 14:32:07.412");
});

it("keeps the filter as it is typed, and names its terms in Spanish", () => {
  const { KEY_WORDS, formatTerm, parseTerm, valueWords } = filter;
  const parsed = parseTerm("-status:failed");
  if (!parsed.ok) throw new Error(parsed.problem);
  expect([formatTerm(parsed.term), KEY_WORDS.status, valueWords(parsed.term)]).toEqual(["-status:failed", "estado", "fallida"]);
  expect(parseTerm("estado:fallida").ok).toBe(false);
});

it.each([
  ["timeout", "timeout: no complete answer in 10 s", "Sin respuesta completa en 10 s"],
  ["blocked", "blocked: 10.0.0.1 is a private or reserved address", "10.0.0.1 es una dirección privada o reservada"],
  ["dns", "dns: the name nowhere.example cannot be resolved", "No se encuentra el nombre nowhere.example"],
  ["http_5xx", "http_5xx: 503 Service Unavailable", "Service Unavailable"],
  ["tls", null, "Falló la negociación TLS"],
])("explains %s, %s", (outcome, error, words) => {
  expect(reason.explain(outcome, error)).toBe(words);
});
