/** What Enter means by what stands in the filter bar. */
import { type Term, isId, parseTerm, piecesOf } from "./filter";
import { texts } from "./language";
import { type Known, type Suggestion, suggest } from "./suggest";

export type Entered =
  | { kind: "open"; id: string }
  /** `unread` is none; `problem` says why of the first of it. */
  | { kind: "terms"; terms: Term[]; unread: string; problem: string };

const t = texts({
  en: { id: "id takes a delivery's whole id, and opens the delivery.", wrong: (piece: string, why: string) => `“${piece}”: ${why}` },
  es: { id: "id admite el id completo de una entrega, y la abre.", wrong: (piece: string, why: string) => `«${piece}»: ${why}` },
});

/** One term, or several at once. What can be read is taken, whatever stands beside it. */
export function readEntered(text: string, known: Known): Entered {
  const id = text.trim().replace(/^id\s*:\s*/i, "");
  if (isId(id)) return { kind: "open", id };
  // Words without a key are looked for as they stand: "acme gestiq" may be one value.
  const pieces = text.includes(":") ? piecesOf(text) : [text.trim()];
  const terms: Term[] = [];
  const wrong: { piece: string; why: string }[] = [];
  for (const piece of pieces) {
    const read = readPiece(piece, known);
    if (typeof read === "string") wrong.push({ piece, why: read });
    else terms.push(read);
  }
  const [first] = wrong;
  const problem = first === undefined ? "" : pieces.length > 1 ? t.wrong(first.piece, first.why) : first.why;
  return { kind: "terms", terms, unread: wrong.map(({ piece }) => piece).join(" "), problem };
}

/** A whole term, the one value that is offered, the family of all that is offered, or without a key the first value that fits. Otherwise what is wrong. */
function readPiece(piece: string, known: Known): Term | string {
  if (/^(-|not\s+)?id\s*:/i.test(piece)) return t.id;
  const parsed = parseTerm(piece);
  if (parsed.ok) return parsed.term;
  const offered = suggest(piece, known).flatMap((offer) => (offer.kind === "term" ? [offer] : []));
  const fitting = !piece.includes(":") || offered.length === 1 || isOneFamily(offered) ? offered[0] : undefined;
  return fitting?.term ?? parsed.problem;
}

/** `invoice.*`, then types of it and nothing else. */
function isOneFamily(offered: readonly Extract<Suggestion, { kind: "term" }>[]): boolean {
  const [family, ...types] = offered.map(({ term }) => term);
  return family?.key === "event" && family.value.endsWith(".*") && types.every(({ value }) => value.startsWith(family.value.slice(0, -1)));
}
