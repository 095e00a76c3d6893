/** Figures as they are said: a screen reader says "9m 24s" letter by letter. */
import type { Quantity } from "./format";
import { texts } from "./language";

/** The words for one and for many of a unit. */
type Words = readonly [one: string, many: string];

const UNITS: Readonly<Record<string, Words>> = texts<Readonly<Record<string, Words>>>({
  en: {
    ms: ["millisecond", "milliseconds"], s: ["second", "seconds"], m: ["minute", "minutes"], h: ["hour", "hours"], d: ["day", "days"],
    "/s": ["a second", "a second"], "%": ["percent", "percent"],
  },
  es: {
    ms: ["milisegundo", "milisegundos"], s: ["segundo", "segundos"], m: ["minuto", "minutos"], h: ["hora", "horas"], d: ["día", "días"],
    "/s": ["por segundo", "por segundo"], "%": ["por ciento", "por ciento"],
  },
});
const t = texts({ en: { nothing: "no value" }, es: { nothing: "sin valor" } });

/** "9 minutes 24 seconds", "1,999 milliseconds". */
export function spoken(quantities: readonly Quantity[]): string {
  return quantities.map(({ value, unit }) => {
    if (!/\d/.test(value)) return t.nothing;
    const words = UNITS[unit];
    return words === undefined ? `${value} ${unit}`.trim() : `${value} ${words[value === "1" ? 0 : 1]}`;
  }).join(" ");
}

/** The same of a text that says its quantities in it: "Next in 1.2 s", "P50 96 ms", "15 min". */
export function spokenText(words: string): string {
  return words.replace(/(\d[\d.,]*) (ms|min|s|m|h|d|%)(?![\p{L}\d])/gu, (_, value: string, unit: string) => spoken([{ value, unit: unit === "min" ? "m" : unit }]));
}
