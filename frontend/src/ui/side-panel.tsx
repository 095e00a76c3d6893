import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { texts } from "../core/language";
import { opened } from "../navigation";
import { giveBack } from "./focus";
import { Icon } from "./icon";
import { useNoRoomBeside } from "./narrow";

interface Props {
  title: string;
  /** Before the title: the number of a step. */
  mark?: ComponentChildren;
  /** At the other end of the title, before the button that closes. */
  beside?: ComponentChildren;
  wide?: boolean;
  onClose: () => void;
  children: ComponentChildren;
}

const t = texts({ en: { close: "Close" }, es: { close: "Cerrar" } });

/** Beside a list where there is room; below that a sheet over the page, and on a phone the whole screen. */
export function SidePanel({ title, mark, beside, wide = false, onClose, children }: Props) {
  const panel = useRef<HTMLDialogElement>(null);
  // A delivery's drawer lies over the sheet, so the sheet must not hold the focus then.
  const modal = useNoRoomBeside() && opened.value === null;

  useEffect(() => {
    const dialog = panel.current!;
    if (dialog.open) dialog.close();
    if (modal) return dialog.showModal();
    dialog.setAttribute("open", "");
    // While the sheet was modal nothing else could have the focus.
    if (opened.peek() !== null) document.querySelector<HTMLElement>(".drawer")?.focus();
  }, [modal]);
  useEffect(() => {
    const before = document.activeElement;
    if (opened.peek() === null) (panel.current!.querySelector<HTMLElement>("[data-first]") ?? panel.current!.querySelector<HTMLElement>("h2")!).focus();
    return () => giveBack(before);
  }, []);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    onClose();
  };
  const onCancel = (event: Event) => {
    event.preventDefault();
    onClose();
  };
  // A browser may close a modal dialog without asking; whether it closes is the page's to say.
  const onClosed = () => {
    if (panel.current === null || panel.current.open) return;
    panel.current.showModal();
    onClose();
  };
  return (
    <dialog ref={panel} class={`side panel${wide ? " wide" : ""}`} aria-labelledby="side-title" onKeyDown={onKeyDown} onCancel={onCancel} onClose={onClosed}>
      <div class="side-h">
        {mark}<h2 id="side-title" tabIndex={-1}>{title}</h2><span class="grow" />{beside}
        <button type="button" class="icon" aria-label={t.close} title={t.close} onClick={onClose}><Icon name="close" /></button>
      </div>
      {children}
    </dialog>
  );
}
