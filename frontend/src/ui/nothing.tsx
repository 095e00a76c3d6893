import type { ComponentChildren } from "preact";

/** What stands in for a list: why it is empty, and what to do about it. */
export function Nothing({ title, why, children }: { title: string; why: string; children?: ComponentChildren }) {
  return (
    <div class="panel tall">
      <div class="empty"><h2>{title}</h2><p>{why}</p>{children && <div class="e-act">{children}</div>}</div>
    </div>
  );
}
