import { mayAct } from "../boot";
import { texts } from "../core/language";

const t = texts({
  en: { looksOnly: "Your role lets you look only" },
  es: { looksOnly: "Su rol solo permite ver" },
});

/** For the controls of what a viewer may not do: disabled, and why. */
export function lookOnly(): { disabled: boolean; title: string | undefined } {
  return { disabled: !mayAct, title: mayAct ? undefined : t.looksOnly };
}
