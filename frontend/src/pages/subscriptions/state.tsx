import { texts } from "../../core/language";
import { type StateKind, type Subscription, day, stateOf } from "../../core/subscription";
import { Icon, type IconName } from "../../ui/icon";

const t = texts({
  en: {
    words: { active: "Active", held: "Held", paused: "Paused", disabled: "Disabled" },
    rotating: (until: string) => `2 secrets until ${until}`,
  },
  es: {
    words: { active: "Activa", held: "Retenida", paused: "En pausa", disabled: "Desactivada" },
    rotating: (until: string) => `2 secretos hasta el ${until}`,
  },
});

const GLYPHS: Record<StateKind, IconName> = { active: "circuit-closed", held: "held", paused: "pause", disabled: "cancelled" };

/** Whether it receives events, and if not why. */
export function StateCell({ subscription }: { subscription: Subscription }) {
  const { kind, reason } = stateOf(subscription);
  const until = subscription.previous_valid_until;
  return (
    <>
      <span class={`state is-${kind}`}><Icon name={GLYPHS[kind]} size={14} />{t.words[kind]}</span>
      {reason && <small>{reason}</small>}
      {until !== null && <small class="keyed" title={day(Date.parse(until), true)}><Icon name="key" size={12} />{t.rotating(day(Date.parse(until)))}</small>}
    </>
  );
}
