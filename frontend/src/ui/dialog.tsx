import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

interface Props {
  title: string;
  onClose: () => void;
  /** Asked before Esc or a click beside it closes it. */
  mayClose?: () => boolean;
  children: ComponentChildren;
}

/** Goes up whenever a dialog opens or closes. */
let turns = 0;

export function dialogTurns(): number {
  return turns;
}

/** The browser's own modal dialog: it traps focus, closes on Esc and gives the focus back. */
export function Dialog({ title, onClose, mayClose = () => true, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current!.showModal();
  }, []);
  useLayoutEffect(() => {
    turns += 1;
    return () => void (turns += 1);
  }, []);
  const onClick = (event: MouseEvent) => {
    if (event.target === dialog.current && mayClose()) dialog.current?.close();
  };
  const onCancel = (event: Event) => {
    if (!mayClose()) event.preventDefault();
  };
  return (
    <dialog ref={dialog} class="dlg" aria-labelledby="dialog-title" onCancel={onCancel} onClose={onClose} onClick={onClick}>
      <div class="dlg-in">
        <h2 id="dialog-title">{title}</h2>
        {children}
      </div>
    </dialog>
  );
}
