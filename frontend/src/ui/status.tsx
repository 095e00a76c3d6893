import { STATUS_WORDS, type Status } from "../core/status";
import { Icon } from "./icon";

/** A glyph and a word; colour comes third. */
export function StatusMark({ status, pill = false }: { status: Status; pill?: boolean }) {
  return (
    <span class={`st st-${status}${pill ? " pill" : ""}`}>
      <Icon name={status} size={14} />
      <span>{STATUS_WORDS[status]}</span>
    </span>
  );
}
