import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

interface Props {
  label: string;
  trigger: ComponentChildren;
  /** Whether the trigger says its own name, so that it is not said twice. */
  named?: boolean;
  class: string;
  children: ComponentChildren;
}

/** A button and the menu under it. Items are buttons or links with role="menuitem" or "menuitemradio". */
export function Menu({ label, trigger, named = false, class: look, children }: Props) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const items = () => [...root.current!.querySelectorAll<HTMLElement>("[role^=menuitem]:not(:disabled)")];

  useLayoutEffect(() => {
    if (open) openWhereThereIsRoom(list.current!);
  }, [open]);
  useEffect(() => {
    if (!open) return;
    items().find((item) => item.ariaChecked === "true")?.focus() ?? items()[0]?.focus();
    const outside = (event: PointerEvent) => root.current!.contains(event.target as Node) || setOpen(false);
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);

  // A form's button must stay in the page until it has submitted.
  const onChoice = (event: MouseEvent) => (event.target as Element).closest("form") || close();
  const close = () => {
    setOpen(false);
    root.current!.querySelector("button")!.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!open) return;
    const all = items();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const target = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (target !== undefined) all.at(target % all.length)?.focus();
    else if (event.key === "Escape") close();
    else if (event.key === "Tab") setOpen(false);
    else return;
    event.stopPropagation();
    if (event.key !== "Tab") event.preventDefault();
  };

  return (
    <div class="menu" ref={root} onKeyDown={onKeyDown}>
      <button type="button" class={look} aria-haspopup="menu" aria-expanded={open} aria-label={named ? undefined : label} title={label} onClick={() => setOpen(!open)}>{trigger}</button>
      {open && <div ref={list} class="menu-list" role="menu" aria-label={label} onClick={onChoice}>{children}</div>}
    </div>
  );
}

/** Upwards where the window ends below it. */
function openWhereThereIsRoom(list: HTMLElement): void {
  const { bottom, height } = list.getBoundingClientRect();
  const above = list.parentElement!.getBoundingClientRect().top;
  if (bottom > innerHeight && above > height) list.classList.add("up");
}
