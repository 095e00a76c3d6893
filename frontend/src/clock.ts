/** The server's time: a browser's clock may be wrong by hours, and then every range and every wait would be. */
import { signal } from "@preact/signals";
import { Ahead } from "./core/ahead";

const ahead = new Ahead();
/** Where the server takes longer to say its time, this machine's has to do for now. */
const PATIENCE_MS = 3_000;
let hear: () => void;
const heard = new Promise<void>((resolve) => (hear = resolve));

/** The server's time once a second, for what counts up or down. */
export const now = signal(Date.now());

export function startClock(): void {
  setInterval(() => {
    if (!document.hidden) now.value = serverNow();
  }, 1_000);
  setTimeout(hear, PATIENCE_MS);
}

export function serverNow(): number {
  return Date.now() + ahead.ms;
}

/** The same, but not before the server was heard of: for what is asked of it as soon as the page is there. */
export async function serverTime(): Promise<number> {
  await heard;
  return serverNow();
}

/** What the server said its time was; null where it did not answer. */
export function learnTime(told: number | null): void {
  if (told !== null && Number.isFinite(told)) ahead.learn(told, Date.now());
  now.value = serverNow();
  hear();
}

/** This machine's time once a second, beside what was measured by it. */
export function ownNow(): number {
  now.value;
  return Date.now();
}
