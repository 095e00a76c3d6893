import { pieces } from "../core/visible";

/** What another machine wrote: characters that are not seen, or would turn what stands beside them, are shown by their codes. */
export function AsWritten({ text }: { text: string }) {
  return <>{pieces(text).map(({ text: part, code }, i) => (code === null ? part : <span key={i} class="unseen-char">{code}</span>))}</>;
}
