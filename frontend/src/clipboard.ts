/** Copies, also where the Clipboard API is missing: browsers offer it on HTTPS and loopback only. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.setAttribute("aria-hidden", "true");
  area.className = "offscreen";
  // Inside an open dialog everything else is inert and cannot be selected.
  const host = [...document.querySelectorAll("dialog:modal")].at(-1) ?? document.body;
  host.append(area);
  const focused = document.activeElement;
  area.select();
  try {
    return document.execCommand("copy");
  } finally {
    area.remove();
    if (focused instanceof HTMLElement) focused.focus();
  }
}
