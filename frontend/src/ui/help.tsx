import { signal } from "@preact/signals";
import { shortcuts } from "../preferences";
import { Dialog } from "./dialog";

export const helpOpen = signal(false);

const KEYS: [keys: string[], does: string][] = [
  [["j", "k"], "Older and newer row"],
  [["Enter"], "Open the selected row's delivery"],
  [["Esc"], "Close the delivery, then follow again"],
  [["Space"], "Pause or follow"],
  [["G"], "Go to the newest row and follow"],
  [["/"], "Filter"],
  [["f"], "Filter by a value of the selected row"],
  [["r"], "Replay the selected or open delivery"],
  [["y"], "Copy the delivery's id"],
  [["?"], "This list"],
];

export function Help() {
  if (!helpOpen.value) return null;
  return (
    <Dialog title="Keyboard shortcuts" onClose={() => (helpOpen.value = false)}>
      <dl class="keys">
        {KEYS.map(([keys, does]) => (
          <div key={does}><dt>{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dt><dd>{does}</dd></div>
        ))}
      </dl>
      <p class="hint">A click on a value filters by it, with Alt it leaves it out.</p>
      <label class="switch">
        <input type="checkbox" checked={shortcuts.value === "on"} onChange={(event) => (shortcuts.value = event.currentTarget.checked ? "on" : "off")} />
        Single-key shortcuts
      </label>
      <div class="dlg-act"><button type="button" class="btn" autofocus onClick={(event) => event.currentTarget.closest("dialog")!.close()}>Close</button></div>
    </Dialog>
  );
}
