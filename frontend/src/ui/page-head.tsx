import type { ComponentChildren } from "preact";

/** A page's title, what stands quietly beside it, and its controls at the other end. */
export function PageHead({ title, beside, children }: { title: string; beside?: ComponentChildren; children?: ComponentChildren }) {
  return (
    <div class="p-head">
      <h1>{title}</h1>
      {beside !== undefined && <span class="p-beside">{beside}</span>}
      <span class="grow" />
      {children}
    </div>
  );
}
