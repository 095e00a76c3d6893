import { useState } from "preact/hooks";
import { type Permission, askPermission, permission, play } from "../../alerts";
import { texts } from "../../core/language";
import { notifications, sound } from "../../preferences";
import { Switch } from "./setting";

const t = texts({
  en: {
    notify: "Desktop notification", notifyHint: "Also while another window is in front.", sound: "Sound", soundHint: "Two short tones, as you hear when you turn it on.",
    trouble: {
      denied: "This browser refuses notifications of this site. Allow them in its settings for the site.",
      default: "The browser has not allowed notifications yet. Turn this off and on to be asked.",
      missing: "This browser shows no notifications here. They need https.",
    },
  },
  es: {
    notify: "Notificación de escritorio", notifyHint: "También con otra ventana delante.", sound: "Sonido", soundHint: "Dos tonos cortos, los que suenan al activarlo.",
    trouble: {
      denied: "Este navegador rechaza las notificaciones de este sitio. Permítalas en los ajustes del sitio.",
      default: "El navegador aún no permite las notificaciones. Desactive y vuelva a activar para que pregunte.",
      missing: "Este navegador no muestra notificaciones aquí. Necesitan https.",
    },
  },
});

export function NotificationSetting() {
  const [answered, setAnswered] = useState<Permission | null>(null);
  const on = notifications.value === "on";
  const turn = async (wanted: boolean) => {
    // What is on shows as on at once, and goes off again when the browser says no.
    notifications.value = wanted ? "on" : "off";
    if (!wanted) return setAnswered(null);
    const answer = await askPermission();
    setAnswered(answer);
    if (answer !== "granted") notifications.value = "off";
  };
  const state = answered ?? (on ? permission() : "granted");
  return <Switch label={t.notify} hint={t.notifyHint} on={on} turn={turn} trouble={state === "granted" ? "" : t.trouble[state]} />;
}

export function SoundSetting() {
  const turn = (on: boolean) => {
    sound.value = on ? "on" : "off";
    if (on) play();
  };
  return <Switch label={t.sound} hint={t.soundHint} on={sound.value === "on"} turn={turn} />;
}
