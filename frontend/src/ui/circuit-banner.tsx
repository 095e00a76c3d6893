import type { ComponentChildren } from "preact";
import { clock, count, plural } from "../core/format";
import { texts } from "../core/language";
import { Icon } from "./icon";

const t = texts({
  en: {
    opened: (host: string, at: string | null) => `Circuit opened: ${host}${at === null ? "" : ` at ${at}`}.`,
    held: (n: number) => (n === 0 ? "" : `${n === 1 ? "1 delivery is held and keeps its retries" : `${count(n)} deliveries are held and keep their retries`}.`),
    more: (n: number) => `${count(n)} more open`,
  },
  es: {
    opened: (host: string, at: string | null) => `Circuito abierto: ${host}${at === null ? "" : ` a las ${at}`}.`,
    held: (n: number) => (n === 0 ? "" : `${n === 1 ? "1 entrega retenida conserva" : `${plural(n, "entrega retenida", "entregas retenidas")} conservan`} sus reintentos.`),
    more: (n: number) => `${count(n)} más ${n === 1 ? "abierto" : "abiertos"}`,
  },
});

interface Props {
  host: string;
  openedAt: number | null;
  held: number;
  /** How many others are open, and where they are shown. */
  others: number;
  showOthers: (words: string) => ComponentChildren;
  isAlert: boolean;
  children: ComponentChildren;
}

/** That a circuit is open, in the same words and figures wherever it is said. */
export function CircuitBanner({ host, openedAt, held, others, showOthers, isAlert, children }: Props) {
  return (
    <div class="banner bad" role={isAlert ? "alert" : undefined}>
      <Icon name="warn" />
      <span><b>{t.opened(host, openedAt === null ? null : clock(openedAt))}</b> {t.held(held)}</span>
      <span class="grow" />
      {others > 0 && showOthers(t.more(others))}
      {children}
    </div>
  );
}
