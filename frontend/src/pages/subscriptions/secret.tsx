import { useState } from "preact/hooks";
import { texts } from "../../core/language";
import { CopyButton } from "../../ui/copy-button";

const t = texts({
  en: { label: "Secret", copy: "Copy secret", what: "the secret" },
  es: { label: "Secreto", copy: "Copiar el secreto", what: "el secreto" },
});

/** Whether a secret that is shown once was copied. */
export function useSecret(): { copied: boolean; copy: () => void } {
  const [copied, setCopied] = useState(false);
  return { copied, copy: () => setCopied(true) };
}

export function SecretBox({ secret, onCopied }: { secret: string; onCopied: () => void }) {
  return <pre class="code wrap secretbox" tabIndex={0} role="group" aria-label={t.label} onCopy={onCopied}>{secret}</pre>;
}

export function SecretCopy({ secret, onCopied }: { secret: string; onCopied: () => void }) {
  return <CopyButton what={t.what} label={t.copy} class="btn primary" text={() => secret} onCopied={onCopied} />;
}
