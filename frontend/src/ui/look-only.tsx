import { texts } from "../core/language";

const t = texts({
  en: { looksOnly: "Your role lets you look only." },
  es: { looksOnly: "Su rol solo permite ver." },
});

/** In the place of what a viewer may not do. */
export function LookOnly() {
  return <p class="quiet">{t.looksOnly}</p>;
}
