import { useEffect, useState } from "preact/hooks";
import { now, serverNow } from "../../clock";
import type { Attempt, Delivery, DeliveryDetail } from "../../core/delivery";
import { durationText, latency, text } from "../../core/format";
import { type Freshness, NEVER, afterAnswer } from "../../core/freshness";
import { texts } from "../../core/language";
import { HELD_WORDS, isFinal, statusOf } from "../../core/status";
import { api } from "../../session";
import { Icon } from "../../ui/icon";
import { StatusMark } from "../../ui/status";

const t = texts({
  en: { queued: "Queued", attempt: (n: number) => `Attempt ${n}`, result: "Result", next: (wait: string) => `next attempt in ${wait}`, due: "next attempt now" },
  es: { queued: "En cola", attempt: (n: number) => `Intento ${n}`, result: "Resultado", next: (wait: string) => `siguiente intento en ${wait}`, due: "siguiente intento ahora" },
});

const POLL_MS = 400;
/** From the second attempt on nobody stares at it. */
const PATIENT_POLL_MS = 1_500;

export interface Followed {
  delivery: Delivery | DeliveryDetail | null;
  fresh: Freshness;
}

/** A delivery that is followed, once there is one, until nothing more will happen to it: an attempt may end without a result. */
export function useFollowed(): [Followed, (delivery: Delivery) => void] {
  const [followed, setFollowed] = useState<Followed>({ delivery: null, fresh: NEVER });
  useEffect(() => {
    const { delivery } = followed;
    if (delivery === null || isFinal(statusOf(delivery))) return;
    const { id, attempt_count: attempts } = delivery;
    const timer = setTimeout(async () => {
      const answer = await api.delivery(id);
      const told = (before: Followed): Followed => ({ delivery: answer.ok ? answer.value : before.delivery, fresh: afterAnswer(before.fresh, answer, serverNow()) });
      setFollowed((before) => (before.delivery?.id === id ? told(before) : before));
    }, attempts === 0 ? POLL_MS : PATIENT_POLL_MS);
    return () => clearTimeout(timer);
  }, [followed]);
  return [followed, (delivery) => setFollowed({ delivery, fresh: { at: serverNow(), problem: null } })];
}

/** Queued, then each attempt since, if one is made, then what came of it: success is never claimed before it was seen. */
export function Steps({ delivery, before = 0, label }: { delivery: Delivery | DeliveryDetail; before?: number; label: string }) {
  const attempts = "attempts" in delivery ? delivery.attempts.filter(({ number }) => number > before) : [];
  const status = statusOf(delivery);
  const told = isFinal(status) || status === "held" || (status === "retrying" && attempts.length > 0);
  return (
    <ol class="steps" aria-label={label}>
      <li class="done"><Icon name="check" size={13} />{t.queued}</li>
      {attempts.map((attempt) => <AttemptStep key={attempt.number} attempt={attempt} />)}
      {attempts.length === 0 && !told && <li class={status === "delivering" ? "cur" : ""}><Icon name="delivering" size={13} />{t.attempt(before + 1)}</li>}
      {told ? <li class="result"><StatusMark status={status} /><span>{meaning(delivery)}</span></li> : <li><Icon name="pending" size={13} />{t.result}</li>}
    </ol>
  );
}

function AttemptStep({ attempt }: { attempt: Attempt }) {
  const good = attempt.outcome === "success";
  return (
    <li class={good ? "done" : "bad"}>
      <Icon name={good ? "check" : "close"} size={13} />{t.attempt(attempt.number)}
      <span class="sub">{attempt.http_status ?? attempt.outcome} · {text(latency(attempt.duration_ms))}</span>
    </li>
  );
}

/** What is to be said of a result besides its word. */
function meaning(delivery: Delivery): string {
  const status = statusOf(delivery);
  if (status === "held") return HELD_WORDS[delivery.held ?? ""] ?? delivery.held ?? "";
  if (status === "failed") return delivery.last_error ?? "";
  if (status !== "retrying" || delivery.next_attempt_at === null) return "";
  const wait = Date.parse(delivery.next_attempt_at) - now.value;
  return wait <= 0 ? t.due : t.next(durationText(Math.ceil(wait / 1_000) * 1_000));
}
