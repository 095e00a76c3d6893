import type { ComponentChildren } from "preact";

interface Props {
  /** As it is written. */
  written: string;
  /** As a screen reader shall say it. */
  said: string;
  /** How it looks, where that is more than what is written. */
  children?: ComponentChildren;
}

/** Something written short, and for those who hear it in words. */
export function Said({ written, said, children = written }: Props) {
  return said === written ? <>{children}</> : <><span class="offscreen">{said}</span><span aria-hidden="true">{children}</span></>;
}
