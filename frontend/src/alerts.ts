/** What an opened circuit does besides being shown, where somebody asked for it: a desktop notification, a sound. */
import { texts } from "./core/language";
import { notifications, sound } from "./preferences";

const t = texts({
  en: { opened: (host: string) => `Circuit open: ${host}`, held: "Its deliveries are held until a probe succeeds." },
  es: { opened: (host: string) => `Circuito abierto: ${host}`, held: "Sus entregas quedan retenidas hasta que una prueba salga bien." },
});

/** Several circuits that open at once make one sound. */
const SOUND_EVERY_MS = 2_000;
const TONE = { hertz: [660, 440], seconds: 0.16, volume: 0.12 };

let audio: AudioContext | undefined;
let soundedAt = -SOUND_EVERY_MS;

/** Called once for each circuit that opens. */
export function circuitOpened(host: string): void {
  if (notifications.value === "on") notify(host);
  if (sound.value === "on") play();
}

export type Permission = NotificationPermission | "missing";

/** Browsers have notifications on HTTPS and loopback only. */
export function permission(): Permission {
  return globalThis.isSecureContext && "Notification" in globalThis ? Notification.permission : "missing";
}

export async function askPermission(): Promise<Permission> {
  return permission() === "missing" ? "missing" : Notification.requestPermission();
}

function notify(host: string): void {
  if (permission() !== "granted") return;
  try {
    const shown = new Notification(t.opened(host), { body: t.held, tag: `circuit ${host}` });
    shown.onclick = () => window.focus();
  } catch {
    // Phones have them for service workers only.
  }
}

/** Two short tones, falling. Silent until somebody has pressed something in the page: so browsers want it. */
export function play(): void {
  if (!("AudioContext" in globalThis) || performance.now() - soundedAt < SOUND_EVERY_MS) return;
  soundedAt = performance.now();
  audio ??= new AudioContext();
  void audio.resume();
  for (const [i, hertz] of TONE.hertz.entries()) tone(audio, hertz, audio.currentTime + i * TONE.seconds);
}

function tone(context: AudioContext, hertz: number, from: number): void {
  const [source, volume] = [context.createOscillator(), context.createGain()];
  source.frequency.value = hertz;
  // A tone that is cut off clicks.
  volume.gain.setValueAtTime(TONE.volume, from);
  volume.gain.exponentialRampToValueAtTime(0.001, from + TONE.seconds);
  source.connect(volume).connect(context.destination);
  source.start(from);
  source.stop(from + TONE.seconds);
}
