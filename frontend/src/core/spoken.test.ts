import { describe, expect, it, vi } from "vitest";
import { duration, latency } from "./format";
import { spoken, spokenText } from "./spoken";

describe("figures are said in words", () => {
  it.each([
    [duration(564_000), "9 minutes 24 seconds"],
    [duration(3_660_000), "1 hour 1 minute"],
    [[latency(1_999)], "1,999 milliseconds"],
    [[latency(1)], "1 millisecond"],
    [[latency(null)], "no value"],
    [[{ value: "38.4", unit: "/s" }], "38.4 a second"],
    [[{ value: "98.7", unit: "%" }], "98.7 percent"],
    [[{ value: "1,204", unit: "" }], "1,204"],
  ])("%j: %s", (quantities, words) => {
    expect(spoken(quantities)).toBe(words);
  });

  it.each([
    ["Success, 5 min", "Success, 5 minutes"],
    ["Failed, 1 h", "Failed, 1 hour"],
    ["P50 96 ms", "P50 96 milliseconds"],
    ["Next in 3 m 39 s", "Next in 3 minutes 39 seconds"],
    ["2 deliveries wait", "2 deliveries wait"],
    ["at 12 sites", "at 12 sites"],
  ])("%s", (written, words) => {
    expect(spokenText(written)).toBe(words);
  });
});

it("are said in Spanish, too", async () => {
  vi.stubGlobal("document", { documentElement: { lang: "es" } });
  vi.resetModules();
  const [spanish, format] = [await import("./spoken"), await import("./format")];
  expect(spanish.spoken(format.duration(564_000))).toBe("9 minutos 24 segundos");
  expect(spanish.spoken([format.latency(1_999)])).toBe("1999 milisegundos");
  expect(spanish.spokenText("Éxito, 5 min")).toBe("Éxito, 5 minutos");
  vi.unstubAllGlobals();
});
