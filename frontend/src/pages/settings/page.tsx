import type { ComponentChildren } from "preact";
import { boot, csrfToken } from "../../boot";
import { LANGUAGES, texts } from "../../core/language";
import { DENSITIES, THEMES, density, shortcuts, theme } from "../../preferences";
import { THEME_WORDS } from "../../ui/header";
import { PageHead } from "../../ui/page-head";
import { PAGE_NAMES } from "../../ui/page-names";
import { SessionBanner } from "../../ui/session-banner";
import { About } from "./about";
import { NotificationSetting, SoundSetting } from "./alert-settings";
import { Setting, Switch } from "./setting";
import { ZoneField } from "./zone-field";

const t = texts({
  en: {
    kept: "Kept in this browser", appearance: "Appearance", theme: "Theme", density: "Row height", densityHint: "On a phone rows always have two lines.",
    densities: { compact: "Compact", comfortable: "Comfortable" },
    languageAndTime: "Language and time", language: "Language", languageHint: "What the API says stays in English.", likeBrowser: "Like the browser",
    zone: "Time zone", zoneHint: "All times of these pages. The API has UTC.",
    keyboard: "Keyboard", shortcuts: "Single-key shortcuts", shortcutsHint: "Such as j, k and r. The key ? lists them.",
    alerts: "When a circuit opens",
  },
  es: {
    kept: "Se guardan en este navegador", appearance: "Aspecto", theme: "Tema", density: "Altura de las filas", densityHint: "En un teléfono las filas tienen siempre dos líneas.",
    densities: { compact: "Compacta", comfortable: "Amplia" },
    languageAndTime: "Idioma y hora", language: "Idioma", languageHint: "Lo que dice la API queda en inglés.", likeBrowser: "Como el navegador",
    zone: "Zona horaria", zoneHint: "Todas las horas de estas páginas. La API usa UTC.",
    keyboard: "Teclado", shortcuts: "Atajos de una tecla", shortcutsHint: "Como j, k y r. La tecla ? los muestra.",
    alerts: "Cuando se abre un circuito",
  },
});

/** Each is called as its speakers call it. */
const LANGUAGE_NAMES = { "": t.likeBrowser, en: "English", es: "Español" };

export function SettingsPage() {
  return (
    <main id="main" class="page settings" tabIndex={-1}>
      <SessionBanner />
      <PageHead title={PAGE_NAMES.settings} beside={t.kept} />
      <div class="set-cols">
        <div class="set-col">
          <Group title={t.appearance}>
            <Setting label={t.theme}>
              <Choice label={t.theme} choices={THEMES} words={THEME_WORDS} chosen={theme.value} choose={(each) => (theme.value = each)} />
            </Setting>
            <Setting label={t.density} hint={t.densityHint}>
              <Choice label={t.density} choices={DENSITIES} words={t.densities} chosen={density.value} choose={(each) => (density.value = each)} />
            </Setting>
          </Group>
          <Group title={t.languageAndTime}>
            <Setting label={t.language} hint={t.languageHint}><LanguageChoice /></Setting>
            <Setting label={t.zone} hint={t.zoneHint}><ZoneField label={t.zone} /></Setting>
          </Group>
          <Group title={t.alerts}><NotificationSetting /><SoundSetting /></Group>
          <Group title={t.keyboard}>
            <Switch label={t.shortcuts} hint={t.shortcutsHint} on={shortcuts.value === "on"} turn={(on) => (shortcuts.value = on ? "on" : "off")} />
          </Group>
        </div>
        <About />
      </div>
    </main>
  );
}

function Group({ title, children }: { title: string; children: ComponentChildren }) {
  return <section class="panel set-group"><h2>{title}</h2>{children}</section>;
}

interface ChoiceProps<T extends string> {
  label: string;
  choices: readonly T[];
  words: Record<T, string>;
  chosen: T;
  choose: (choice: T) => void;
}

function Choice<T extends string>({ label, choices, words, chosen, choose }: ChoiceProps<T>) {
  return (
    <div class="seg" role="group" aria-label={label}>
      {choices.map((each) => <button key={each} type="button" aria-pressed={each === chosen} onClick={() => choose(each)}>{words[each]}</button>)}
    </div>
  );
}

/** The server writes the page in its language, so that a choice loads the page anew. */
function LanguageChoice() {
  const chosen = boot.language.chosen ?? "";
  return (
    <form method="post" action={boot.language.choose}>
      <input type="hidden" name="csrfmiddlewaretoken" value={csrfToken()} />
      <input type="hidden" name="next" value={location.pathname + location.search} />
      <div class="seg" role="group" aria-label={t.language}>
        {(["", ...LANGUAGES] as const).map((each) => (
          <button key={each} type="submit" name="language" value={each} lang={each || undefined} aria-pressed={each === chosen}>{LANGUAGE_NAMES[each]}</button>
        ))}
      </div>
    </form>
  );
}
