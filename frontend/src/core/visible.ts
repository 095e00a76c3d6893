/** Characters that are not seen and change how the text around them is seen, so that a receiver cannot make it read differently. */

/** Controls but for line ends and tabs, what turns the direction of writing, what has no width, and what JavaScript takes for line ends. */
const UNSEEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u;
const EACH = new RegExp(`(${UNSEEN.source})`, "u");

/** The text in pieces; those with `code`, as "U+202E", are to be shown by it. */
export function pieces(text: string): readonly { text: string; code: string | null }[] {
  if (!UNSEEN.test(text)) return [{ text, code: null }];
  return text.split(EACH).filter((part) => part !== "").map((part) => ({ text: part, code: UNSEEN.test(part) ? codeOf(part) : null }));
}

/** The same as text, for where there is nothing but text. */
export function asText(text: string): string {
  return pieces(text).map(({ text: part, code }) => code ?? part).join("");
}

function codeOf(character: string): string {
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
}
