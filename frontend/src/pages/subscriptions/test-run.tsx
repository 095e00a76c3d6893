import { useRef, useState } from "preact/hooks";
import type { Problem } from "../../core/api";
import { texts } from "../../core/language";
import { deliveryPath } from "../../core/routes";
import { openDelivery, written } from "../../navigation";
import { api } from "../../session";
import { ReadingNote } from "../../ui/reading-note";
import { Refusal } from "../../ui/refusal";
import { type Followed, Steps, useFollowed } from "../delivery/following";

const t = texts({
  en: { open: "Open the delivery", steps: "The test" },
  es: { open: "Abrir la entrega", steps: "La prueba" },
});

export interface TestRun extends Followed {
  refused: Problem | null;
  busy: boolean;
  send: () => void;
}

/** A test of a subscription, followed to its end. */
export function useTestRun(subscriptionId: string): TestRun {
  const [followed, follow] = useFollowed();
  const [refused, setRefused] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const sending = useRef(false);

  const send = async () => {
    if (sending.current) return;
    sending.current = true;
    setBusy(true);
    setRefused(null);
    const answer = await api.test(subscriptionId);
    sending.current = false;
    setBusy(false);
    if (answer.ok) follow(answer.value);
    else setRefused(answer.problem);
  };
  return { ...followed, refused, busy, send: () => void send() };
}

export function TestProgress({ run, beforeOpen }: { run: TestRun; beforeOpen?: () => void }) {
  const { delivery, fresh, refused } = run;
  const onOpen = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || delivery === null) return;
    event.preventDefault();
    beforeOpen?.();
    openDelivery(delivery.id);
  };
  return (
    <div class="test-run" role="status">
      {delivery && <Steps delivery={delivery} label={t.steps} />}
      <ReadingNote reading={fresh} />
      {delivery && <a href={written(deliveryPath(delivery.id), {})} onClick={onOpen}>{t.open}</a>}
      <Refusal problem={refused} />
    </div>
  );
}
