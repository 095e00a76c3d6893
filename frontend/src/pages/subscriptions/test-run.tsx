import { useEffect, useRef, useState } from "preact/hooks";
import type { Problem } from "../../core/api";
import type { Attempt, Delivery, DeliveryDetail } from "../../core/delivery";
import { durationText, latency, text } from "../../core/format";
import { texts } from "../../core/language";
import { deliveryPath } from "../../core/routes";
import { HELD_WORDS, isFinal, statusOf } from "../../core/status";
import { now } from "../../clock";
import { openDelivery, written } from "../../navigation";
import { api } from "../../session";
import { Icon } from "../../ui/icon";
import { Refusal } from "../../ui/refusal";
import { StatusMark } from "../../ui/status";

const t = texts({
  en: { queued: "Queued", attempt: (n: number) => `Attempt ${n}`, result: "Result", open: "Open the delivery", next: (wait: string) => `next attempt in ${wait}`, due: "next attempt now", steps: "The test" },
  es: { queued: "En cola", attempt: (n: number) => `Intento ${n}`, result: "Resultado", open: "Abrir la entrega", next: (wait: string) => `siguiente intento en ${wait}`, due: "siguiente intento ahora", steps: "La prueba" },
});

const POLL_MS = 400;
/** From the second attempt on nobody stares at it. */
const PATIENT_POLL_MS = 1_500;

export interface TestRun {
  delivery: Delivery | DeliveryDetail | null;
  refused: Problem | null;
  busy: boolean;
  send: () => void;
}

/** A test of a subscription, followed until nothing more will happen to it. */
export function useTestRun(subscriptionId: string): TestRun {
  const [delivery, setDelivery] = useState<Delivery | DeliveryDetail | null>(null);
  const [refused, setRefused] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const sending = useRef(false);

  useEffect(() => {
    if (delivery === null || isFinal(statusOf(delivery))) return;
    const { id, attempt_count: attempts } = delivery;
    const timer = setTimeout(async () => {
      const answer = await api.delivery(id);
      setDelivery((current) => (current?.id !== id ? current : answer.ok ? answer.value : { ...current }));
    }, attempts === 0 ? POLL_MS : PATIENT_POLL_MS);
    return () => clearTimeout(timer);
  }, [delivery]);

  const send = async () => {
    if (sending.current) return;
    sending.current = true;
    setBusy(true);
    setRefused(null);
    const answer = await api.test(subscriptionId);
    sending.current = false;
    setBusy(false);
    if (answer.ok) setDelivery(answer.value);
    else setRefused(answer.problem);
  };
  return { delivery, refused, busy, send: () => void send() };
}

/** Queued, then each attempt, then what came of it: success is never claimed before it was seen. */
export function TestProgress({ run, beforeOpen }: { run: TestRun; beforeOpen?: () => void }) {
  const { delivery, refused } = run;
  const onOpen = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || delivery === null) return;
    event.preventDefault();
    beforeOpen?.();
    openDelivery(delivery.id);
  };
  return (
    <div class="test-run" role="status">
      {delivery && <Steps delivery={delivery} />}
      {delivery && <a href={written(deliveryPath(delivery.id), {})} onClick={onOpen}>{t.open}</a>}
      <Refusal problem={refused} />
    </div>
  );
}

function Steps({ delivery }: { delivery: Delivery | DeliveryDetail }) {
  const attempts = "attempts" in delivery ? delivery.attempts : [];
  const status = statusOf(delivery);
  return (
    <ol class="steps" aria-label={t.steps}>
      <li class="done"><Icon name="check" size={13} />{t.queued}</li>
      {attempts.map((attempt) => <AttemptStep key={attempt.number} attempt={attempt} />)}
      {attempts.length === 0 && <li class={status === "delivering" ? "cur" : ""}><Icon name="delivering" size={13} />{t.attempt(1)}</li>}
      {isFinal(status) || status === "held" || status === "retrying"
        ? <li class="result"><StatusMark status={status} /><span>{meaning(delivery)}</span></li>
        : <li><Icon name="pending" size={13} />{t.result}</li>}
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
