import { useEffect, useRef } from "preact/hooks";
import { texts } from "../../core/language";
import { deliveryPath } from "../../core/routes";
import { type Opened, closeDelivery, opened, route, written } from "../../navigation";
import { CopiedNote } from "../../ui/copied";
import { CopyButton } from "../../ui/copy-button";
import { focusPage, giveBack } from "../../ui/focus";
import { Icon } from "../../ui/icon";
import { moveSelection, openRow } from "../live/grid";
import { OpenedDelivery } from "./content";
import { detail } from "./load";

const t = texts({
  en: { delivery: "Delivery", deliveryOf: (event: string) => `Delivery of ${event}`, newer: "Newer (k)", older: "Older (j)", asPage: "Open as a page", close: "Close (Esc)" },
  es: { delivery: "Entrega", deliveryOf: (event: string) => `Entrega de ${event}`, newer: "Más reciente (k)", older: "Más antigua (j)", asPage: "Abrir como página", close: "Cerrar (Esc)" },
});

/** A delivery beside whatever list it was opened from. */
export function Drawer() {
  const open = opened.value;
  return open && route.value.page !== "delivery" && <DrawerOf open={open} />;
}

function DrawerOf({ open }: { open: Opened }) {
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    root.current!.focus();
    return () => giveBack(before);
  }, []);
  const delivery = detail.value;
  return (
    <div class="drawer" ref={root} role="dialog" tabIndex={-1} aria-label={delivery ? t.deliveryOf(delivery.event) : t.delivery}>
      <div class="d-nav">
        {route.value.page === "live" && <>
          <button type="button" class="icon step" aria-label={t.newer} title={t.newer} onClick={() => step(-1)}><Icon name="up" /></button>
          <button type="button" class="icon step" aria-label={t.older} title={t.older} onClick={() => step(1)}><Icon name="down" /></button>
        </>}
        <span class="d-pos">{t.delivery}</span><span class="mono d-id">{open.id}</span>
        <CopyButton what="id" text={() => open.id} class="icon" /><CopiedNote />
        <span class="grow" />
        <a class="icon" href={written(deliveryPath(open.id), {})} aria-label={t.asPage} title={t.asPage}><Icon name="expand" /></a>
        <button type="button" class="icon" aria-label={t.close} title={t.close} onClick={closeDelivery}><Icon name="close" /></button>
      </div>
      <OpenedDelivery asked={open.attempt} />
    </div>
  );
}

export function step(by: 1 | -1): void {
  // A screen reader follows the selection only while the list has the focus.
  if (document.activeElement === document.body) focusPage();
  const number = moveSelection(by);
  if (number !== null && opened.peek() !== null) openRow(number);
}
