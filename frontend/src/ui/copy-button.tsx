import { useEffect, useState } from "preact/hooks";
import { copy } from "../clipboard";
import { texts } from "../core/language";
import { Icon } from "./icon";

interface Props {
  what: string;
  text: () => string;
  class: string;
  /** Shown beside the icon; without it the button is the icon alone. */
  label?: string;
  onCopied?: () => void;
}

const t = texts({
  en: { copy: (what: string) => `Copy ${what}`, copied: "Copied", copiedWhat: (what: string) => `Copied ${what}`, notCopied: "Not copied", refused: "The browser refused to copy" },
  es: { copy: (what: string) => `Copiar ${what}`, copied: "Copiado", copiedWhat: (what: string) => `Copiado: ${what}`, notCopied: "No copiado", refused: "El navegador no permitió copiar" },
});

const TOLD_MS = 1_600;

/** Says that it copied where it was pressed, for the clipboard itself shows nothing. */
export function CopyButton({ what, text, class: look, label, onCopied }: Props) {
  const [told, tell] = useState<"copied" | "refused" | null>(null);
  useEffect(() => {
    if (told === null) return;
    const timer = setTimeout(() => tell(null), TOLD_MS);
    return () => clearTimeout(timer);
  }, [told]);
  const onClick = async () => {
    const done = await copy(text());
    tell(done ? "copied" : "refused");
    if (done) onCopied?.();
  };
  const words = told === null ? label : told === "copied" ? t.copied : t.notCopied;
  return (
    <button type="button" class={look} aria-label={label === undefined ? t.copy(what) : undefined} title={t.copy(what)} onClick={onClick}>
      <Icon name={told === "copied" ? "check" : "copy"} size={label === undefined ? 14 : 15} />
      {label !== undefined && <span class="stable"><span class={told ? "unseen" : ""}>{label}</span>{told && <span>{words}</span>}</span>}
      {told && <span class="offscreen" role="status">{told === "copied" ? t.copiedWhat(what) : t.refused}</span>}
    </button>
  );
}
