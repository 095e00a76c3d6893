import { clock } from "../core/format";
import { texts } from "../core/language";
import { endedAt, signInUrl } from "../session";
import { Icon } from "./icon";

const t = texts({
  en: { ended: "Your session has ended.", from: (time: string) => `What is shown is from ${time}.`, signIn: "Sign in" },
  es: { ended: "Su sesión ha terminado.", from: (time: string) => `Lo que se ve es de las ${time}.`, signIn: "Iniciar sesión" },
});

/** On every page: what is shown is from before. */
export function SessionBanner() {
  if (endedAt.value === null) return null;
  return (
    <div class="banner bad" role="alert">
      <Icon name="key" /><span><b>{t.ended}</b> {t.from(clock(endedAt.value))}</span>
      <span class="grow" /><a class="btn small" href={signInUrl()}>{t.signIn}</a>
    </div>
  );
}
