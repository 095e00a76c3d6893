import { texts } from "../../core/language";
import { LAST_WORDS } from "../../core/range";
import { settled } from "../../live";
import { addressOf, terms } from "../../navigation";
import { range } from "../../past";

const t = texts({
  en: { older: (span: string) => `Older attempts: ${span}` },
  es: { older: (span: string) => `Intentos anteriores: ${span}` },
});

/** With a filter the whole log was looked through; without one the list begins somewhere in the middle of it. */
export function endsInTheMiddle(): boolean {
  return range.value === null && settled.value && terms.value.length === 0;
}

/** Where the live list ends, the history goes on. */
export function OlderLine({ top }: { top: number }) {
  return <p class="older" style={{ top: `${top}px` }}><a href={addressOf("live", { range: "1h" })}>{t.older(LAST_WORDS["1h"])}</a></p>;
}
