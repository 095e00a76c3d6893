/** What this browser remembers. A browser that forbids storage forgets on reload, nothing else. */
import { type Signal, effect, signal } from "@preact/signals";

export const THEMES = ["auto", "light", "dark"] as const;
export const DENSITIES = ["compact", "comfortable"] as const;

export const theme = remembered("theme", THEMES);
export const density = remembered("density", DENSITIES);
export const shortcuts = remembered("shortcuts", ["on", "off"] as const);

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
  const key = `monitor.${name}`;
  const kept = signal(choices.find((choice) => choice === read(key)) ?? choices[0]!);
  effect(() => write(key, kept.value));
  return kept;
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
