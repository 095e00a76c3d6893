/** Where the keyboard and the screen reader are. */

/** Back to where it was; to the list, or else the page, where it was nowhere or that is gone. */
export function giveBack(before: Element | null): void {
  const lost = !(before instanceof HTMLElement) || before === document.body || !before.isConnected;
  if (lost) focusPage();
  else before.focus();
}

/** The list is where the keys that move lead on. */
export function focusPage(): void {
  const main = document.querySelector<HTMLElement>("main");
  (main?.querySelector<HTMLElement>("[role=grid]") ?? main)?.focus();
}
