import { pretty, tokens } from "../../core/json";
import { CopyButton } from "../../ui/copy-button";

interface Props {
  title: string;
  size: string;
  text: string;
  raw: boolean;
  class?: string;
}

const TOKEN_CLASS = { key: "jk", string: "js", number: "jn", plain: undefined };

export function CodeBox({ title, size, text, raw, class: look = "" }: Props) {
  const laidOut = raw ? null : pretty(text);
  return (
    <div class={`code-box ${look}`}>
      <div class="code-h">
        <span>{title}</span><span>{size}</span><span class="grow" />
        <CopyButton what={title.toLowerCase()} text={() => laidOut ?? text} class="icon sm" />
      </div>
      <pre class={`code${laidOut === null ? " wrap" : ""}`} tabIndex={0} role="group" aria-label={title}>
        {laidOut === null ? text : tokens(laidOut).map(({ kind, text: part }, i) => (kind === "plain" ? part : <span key={i} class={TOKEN_CLASS[kind]}>{part}</span>))}
      </pre>
    </div>
  );
}
