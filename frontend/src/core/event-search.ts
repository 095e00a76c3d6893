/** What the events are searched for: held in the address, asked of REST. */
import { isId } from "./filter";
import { texts } from "./language";

const t = texts({
  en: { none: (text: string) => `“${text}” is neither an event type nor an id.` },
  es: { none: (text: string) => `«${text}» no es un tipo de evento ni un identificador.` },
});

export const RANGES = { "1h": 3_600_000, "24h": 86_400_000, "7d": 604_800_000 } as const;
export type Range = keyof typeof RANGES | "";

export interface EventSearch {
  types: readonly string[];
  entity: string;
  /** Empty: as far back as history goes. */
  range: Range;
}

type Params = Readonly<Record<string, string>>;

export function searchIn(params: Params): EventSearch {
  const { type = "", entity = "", range = "" } = params;
  return { types: type.split(",").filter(Boolean), entity, range: Object.hasOwn(RANGES, range) ? (range as Range) : "" };
}

export function paramsOf({ types, entity, range }: EventSearch): Params {
  return { type: types.join(","), entity, range };
}

/** As REST wants it. */
export function queryOf({ types, entity, range }: EventSearch, now: number): Params {
  return { type: types.join(","), entity, since: range === "" ? "" : new Date(now - RANGES[range]).toISOString() };
}

export function isEmpty({ types, entity, range }: EventSearch): boolean {
  return types.length === 0 && entity === "" && range === "";
}

export type ReadText = { kind: "event" | "entity" | "id"; id: string } | { kind: "problem"; problem: string };

/** What a text that is no event type means: an id of either kind, or one that says which it is. */
export function readText(text: string): ReadText {
  const [, key = "", rest = text] = /^(event|id|entity)\s*:\s*(.+)$/i.exec(text.trim()) ?? [];
  const id = rest.trim();
  if (key.toLowerCase() === "entity") return { kind: "entity", id };
  if (isId(id)) return { kind: key === "" ? "id" : "event", id: id.toLowerCase() };
  return { kind: "problem", problem: t.none(text.trim()) };
}
