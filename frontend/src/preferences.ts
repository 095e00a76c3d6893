/** What this browser remembers. A browser that forbids storage forgets on reload, nothing else. */
import { type Signal, effect, signal } from "@preact/signals";
import { isZone, zone } from "./core/zone";

export const THEMES = ["auto", "light", "dark"] as const;
export const DENSITIES = ["compact", "comfortable"] as const;

export const theme = remembered("theme", THEMES);
export const density = remembered("density", DENSITIES);
export const shortcuts = remembered("shortcuts", ["on", "off"] as const);
/** What an opened circuit does besides being shown. */
export const notifications = remembered("notifications", ["off", "on"] as const);
export const sound = remembered("sound", ["off", "on"] as const);
keep("zone", zone, isZone);

export function applyPreferences(): void {
  const root = document.documentElement;
  effect(() => {
    if (theme.value === "auto") delete root.dataset["theme"];
    else root.dataset["theme"] = theme.value;
  });
  effect(() => {
    root.dataset["density"] = density.value;
  });
}

/** The first choice is the default. */
function remembered<T extends string>(name: string, choices: readonly T[]): Signal<T> {
  const kept = signal<T>(choices[0]!);
  keep(name, kept, (value) => choices.some((choice) => choice === value));
  return kept;
}

function keep<T extends string>(name: string, kept: Signal<T>, allowed: (value: string) => boolean): void {
  const key = `monitor.${name}`;
  const before = read(key);
  if (before !== null && allowed(before)) kept.value = before as T;
  effect(() => write(key, kept.value));
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Private windows may refuse; the choice then lasts as long as the page.
  }
}
