import { type Refused, layOut } from "../../core/json";
import { texts } from "../../core/language";
import { AsWritten } from "../../ui/as-written";
import { CopyButton } from "../../ui/copy-button";

interface Props {
  title: string;
  size: string;
  text: string;
  raw: boolean;
  class?: string;
}

const TOKEN_CLASS = { key: "jk", string: "js", number: "jn", plain: undefined };

const NOTES: Record<Refused, string> = texts({
  en: { "not-json": "", deep: "Nested too deeply to be laid out: shown as it came.", large: "Too large to be laid out: shown as it came." },
  es: { "not-json": "", deep: "Anidado a demasiada profundidad para darle formato: se muestra como llegó.", large: "Demasiado grande para darle formato: se muestra como llegó." },
});

/** A body. Whichever way it is shown, each of its values is as it was written, and so it is copied. */
export function CodeBox({ title, size, text, raw, class: look = "" }: Props) {
  const made = raw ? null : layOut(text);
  const tokens = made?.ok ? made.tokens : null;
  const note = made && !made.ok ? NOTES[made.why] : "";
  return (
    <div class={`code-box ${look}`}>
      <div class="code-h">
        <span>{title}</span><span>{size}</span><span class="grow" />
        <CopyButton what={title.toLowerCase()} text={() => tokens?.map((token) => token.text).join("") ?? text} class="icon sm" />
      </div>
      {note && <p class="code-note">{note}</p>}
      <pre class={`code${tokens === null ? " wrap" : ""}`} tabIndex={0} role="group" aria-label={title}>
        {tokens?.map(({ kind, text: part }, i) => (kind === "plain" ? part : <span key={i} class={TOKEN_CLASS[kind]}><AsWritten text={part} /></span>)) ?? <AsWritten text={text} />}
      </pre>
    </div>
  );
}
