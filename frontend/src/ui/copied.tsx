import { signal } from "@preact/signals";
import { copy } from "../clipboard";
import { texts } from "../core/language";
import { Icon } from "./icon";

const t = texts({
  en: { copied: "Id copied", refused: "The id could not be copied" },
  es: { copied: "Id copiado", refused: "No se pudo copiar el id" },
});

const TOLD_MS = 2_000;
/** Whether the id was copied that a key asked for; null when that was said, or never asked. */
const copied = signal<boolean | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;

export async function copyId(id: string): Promise<void> {
  copied.value = await copy(id);
  clearTimeout(timer);
  timer = setTimeout(() => (copied.value = null), TOLD_MS);
}

/** A key has no place of its own: it is said where the eye is. */
export function CopiedNote() {
  if (copied.value === null) return null;
  return <span class={`copied${copied.value ? "" : " bad"}`} aria-hidden="true"><Icon name={copied.value ? "check" : "warn"} size={14} />{words()}</span>;
}

/** The same for those who hear it. Once in the page, and always there: a region that comes with its text is not read. */
export function CopiedStatus() {
  return <p class="offscreen" role="status">{words()}</p>;
}

function words(): string {
  return copied.value === null ? "" : copied.value ? t.copied : t.refused;
}
