import { signal } from "@preact/signals";
import { mayAct } from "../boot";
import { texts } from "../core/language";
import { shortcuts } from "../preferences";
import { Dialog } from "./dialog";

export const helpOpen = signal(false);

const t = texts({
  en: {
    title: "Keyboard shortcuts", hint: "A click on a value filters by it, with Alt it leaves it out.", single: "Single-key shortcuts", close: "Close",
    enter: "Enter", space: "Space", move: "Older and newer row", open: "Open the selected row's delivery", back: "Close the delivery, then follow again",
    pause: "Pause or follow", newest: "Go to the newest row and follow", filter: "Filter", filterRow: "Filter by a value of the selected row",
    replay: "Replay the selected or open delivery", copy: "Copy the delivery's id", list: "This list",
  },
  es: {
    title: "Atajos de teclado", hint: "Un clic en un valor filtra por él; con Alt lo excluye.", single: "Atajos de una tecla", close: "Cerrar",
    enter: "Intro", space: "Espacio", move: "Fila más antigua y más reciente", open: "Abrir la entrega de la fila elegida", back: "Cerrar la entrega y luego volver a seguir",
    pause: "Pausar o seguir", newest: "Ir a la fila más reciente y seguir", filter: "Filtrar", filterRow: "Filtrar por un valor de la fila elegida",
    replay: "Reenviar la entrega elegida o abierta", copy: "Copiar el id de la entrega", list: "Esta lista",
  },
});

const KEYS: [keys: string[], does: string][] = [
  [["j", "k"], t.move],
  [[t.enter], t.open],
  [["Esc"], t.back],
  [[t.space], t.pause],
  [["G"], t.newest],
  [["/"], t.filter],
  [["f"], t.filterRow],
  ...(mayAct ? [[["r"], t.replay] as [string[], string]] : []),
  [["y"], t.copy],
  [["?"], t.list],
];

export function Help() {
  if (!helpOpen.value) return null;
  return (
    <Dialog title={t.title} onClose={() => (helpOpen.value = false)}>
      <dl class="keys">
        {KEYS.map(([keys, does]) => (
          <div key={does}><dt>{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dt><dd>{does}</dd></div>
        ))}
      </dl>
      <p class="hint">{t.hint}</p>
      <label class="switch">
        <input type="checkbox" checked={shortcuts.value === "on"} onChange={(event) => (shortcuts.value = event.currentTarget.checked ? "on" : "off")} />
        {t.single}
      </label>
      <div class="dlg-act"><button type="button" class="btn" autofocus onClick={(event) => event.currentTarget.closest("dialog")!.close()}>{t.close}</button></div>
    </Dialog>
  );
}
