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
  return [ANY, ...new Set(families), ...types];
}

/** What is offered for a text: of those not chosen yet, the ones that contain it. */
export function offersFor(text: string, types: readonly string[], chosen: readonly string[]): string[] {
  const needle = text.trim().toLowerCase();
  return patternsOf(types).filter((pattern) => !chosen.includes(pattern) && pattern.includes(needle));
}

export type ReadPatterns = { ok: true; patterns: string[] } | { ok: false; problem: string };

/** A text of one or several names, as typed or pasted. Until the types are known every name passes: the server has the last word. */
export function readPatterns(text: string, types: readonly string[]): ReadPatterns {
  const names = text.toLowerCase().split(/[\s,;]+/).filter(Boolean);
  const known = new Set(patternsOf(types));
  const unknown = types.length === 0 ? undefined : names.find((name) => !known.has(name));
  return unknown === undefined ? { ok: true, patterns: names } : { ok: false, problem: t.unknown(unknown) };
}

export function withPatterns(chosen: readonly string[], added: readonly string[]): string[] {
  return [...new Set([...chosen, ...added])];
}
