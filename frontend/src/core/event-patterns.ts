/** Event types and families as they are typed, offered and taken into a list. */
import { texts } from "./language";

const t = texts({
  en: { unknown: (text: string) => `No event type is called “${text}”.` },
  es: { unknown: (text: string) => `Ningún tipo de evento se llama «${text}».` },
});

export const ANY = "*";

/** All that can be chosen: everything, the families, the types. */
export function patternsOf(types: readonly string[]): string[] {
  const families = types.map((type) => `${type.split(".")[0]}.*`);
  return types.length === 0 ? [] : [ANY, ...new Set(families), ...types];
}

/** What is offered for a text: of those not chosen yet, the ones that contain it. */
export function offersFor(text: string, patterns: readonly string[], chosen: readonly string[]): string[] {
  const needle = text.trim().toLowerCase();
  return patterns.filter((pattern) => !chosen.includes(pattern) && pattern.includes(needle));
}

export type ReadPatterns = { ok: true; patterns: string[] } | { ok: false; problem: string };

/** A text of one or several names, as typed or pasted. Before the patterns were read every name passes: the server has the last word. */
export function readPatterns(text: string, patterns: readonly string[]): ReadPatterns {
  const names = text.toLowerCase().split(/[\s,;]+/).filter(Boolean);
  const unknown = patterns.length === 0 ? undefined : names.find((name) => !patterns.includes(name));
  return unknown === undefined ? { ok: true, patterns: names } : { ok: false, problem: t.unknown(unknown) };
}

export function withPatterns(chosen: readonly string[], added: readonly string[]): string[] {
  return [...new Set([...chosen, ...added])];
}
