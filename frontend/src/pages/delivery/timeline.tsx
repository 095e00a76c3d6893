import type { ComponentChildren } from "preact";
import { now } from "../../clock";
import { type DeliveryDetail, type SentEvent, statusOfReplay } from "../../core/delivery";
import { countdown, durationText, latency, moment, text } from "../../core/format";
import { texts } from "../../core/language";
import { explain } from "../../core/reason";
import { HELD_WORDS, STATUS_WORDS } from "../../core/status";
import { type Step, timelineOf } from "../../core/timeline";
import { addressOf } from "../../navigation";
import { Icon, type IconName } from "../../ui/icon";
import { DeliveryLink } from "./delivery-link";

const t = texts({
  en: {
    queued: "Queued", attempt: (number: number) => `Attempt ${number}`, answered: (code: number, took: string) => `${code} in ${took}`, waited: (time: string) => `Waited ${time}`,
    held: "Held", heldFor: (time: string) => `Held ${time}`, since: (time: string) => `for ${time}`, probeIn: "Next probe in", probeDue: "Next probe due now", health: "Endpoint's health",
    inFlight: "A request is in flight", cancelled: "Cancelled", replayed: "Replayed", byPerson: "Stopped by a person", firstIn: "First attempt in", nextIn: "Next retry in",
    due: "Due now", attemptOf: (number: number, most: number) => `Attempt ${number} of ${most}`, afterEvent: (time: string) => `${time} after the event`,
  },
  es: {
    queued: "En cola", attempt: (number: number) => `Intento ${number}`, answered: (code: number, took: string) => `${code} en ${took}`, waited: (time: string) => `Espera de ${time}`,
    held: "Retenida", heldFor: (time: string) => `Retenida ${time}`, since: (time: string) => `desde hace ${time}`, probeIn: "Próxima prueba en", probeDue: "La próxima prueba toca ahora", health: "Estado del destino",
    inFlight: "Hay una petición en curso", cancelled: "Cancelada", replayed: "Reenviada", byPerson: "La detuvo una persona", firstIn: "Primer intento en", nextIn: "Próximo reintento en",
    due: "Toca ahora", attemptOf: (number: number, most: number) => `Intento ${number} de ${most}`, afterEvent: (time: string) => `${time} después del evento`,
  },
});

interface Props {
  delivery: DeliveryDetail;
  sent: SentEvent | null;
  chosen: number | null;
  choose: (attempt: number) => void;
}

export function Timeline({ delivery, sent, chosen, choose }: Props) {
  return (
    <ol class="tl">
      {timelineOf(delivery).map((step, i) => <StepItem key={i} step={step} delivery={delivery} sent={sent} chosen={chosen} choose={choose} />)}
    </ol>
  );
}

function StepItem({ step, delivery, sent, chosen, choose }: Props & { step: Step }) {
  switch (step.kind) {
    case "queued":
      return <Item glyph="pending" title={t.queued} at={step.at} under={afterEvent(step.at, sent)} />;
    case "attempt": {
      const { number, outcome, http_status: code, duration_ms: ms, error } = step.attempt;
      const good = outcome === "success";
      const words = code === null ? explain(outcome, error) : t.answered(code, text(latency(ms)));
      return (
        <Item glyph={good ? "delivered" : "failed"} at={step.at} on={number === chosen}
          title={<button type="button" class="plain" onClick={() => choose(number)}>{t.attempt(number)}</button>}
          under={<><b class={good ? "out ok" : "out"}>{outcome}</b> {words}</>} />
      );
    }
    case "waited":
      return <li class="tl-w"><span class="tg"><span class="tw" /></span><div><b>{t.waited(durationText(step.ms))}</b></div></li>;
    case "was-held":
      return <Item glyph="held" title={t.heldFor(durationText(step.ms))} at={step.at} under={heldWords("circuit")} />;
    case "held":
      return <Held step={step} subscription={delivery.subscription_id} />;
    case "delivering":
      return <Item glyph="delivering" title={t.attempt(step.number)} under={t.inFlight} />;
    case "cancelled":
      return <Item glyph="cancelled" title={t.cancelled} at={step.at} under={t.byPerson} />;
    case "next":
      return <Next step={step} delivery={delivery} />;
    case "replayed":
      return <Item glyph="replay" title={t.replayed} at={step.at} under={<><DeliveryLink id={step.replay.id} /> {STATUS_WORDS[statusOfReplay(step.replay)]}</>} />;
  }
}

interface ItemProps {
  glyph: IconName;
  title: ComponentChildren;
  under: ComponentChildren;
  at?: number | undefined;
  on?: boolean;
}

function Item({ glyph, title, under, at, on = false }: ItemProps) {
  return (
    <li class={on ? "on" : undefined}>
      <span class={`tg st-${glyph}`}><Icon name={glyph} size={14} /></span>
      <div><b>{title}</b>{at !== undefined && <time dateTime={new Date(at).toISOString()}>{moment(at, now.peek())}</time>}{under && <p>{under}</p>}</div>
    </li>
  );
}

function Held({ step, subscription }: { step: Extract<Step, { kind: "held" }>; subscription: string }) {
  const { why, since, probeAt } = step;
  const left = probeAt === null ? null : probeAt - now.value;
  const seconds = (ms: number) => durationText(Math.max(0, Math.floor(ms / 1_000)) * 1_000);
  return (
    <Item glyph="held" title={t.held} at={since ?? undefined} under={
      <>
        {heldWords(why)}{since !== null && ` ${t.since(seconds(now.value - since))}`}
        {left !== null && <><br />{left > 0 ? <>{t.probeIn} <span class="count">{countdown(left)}</span></> : t.probeDue}</>}
        {why === "circuit" && <><br /><a href={addressOf("endpoints", { id: subscription })}>{t.health}</a></>}
      </>
    } />
  );
}

function Next({ step, delivery }: { step: Extract<Step, { kind: "next" }>; delivery: DeliveryDetail }) {
  const left = step.at - now.value;
  const passed = Math.min(1, Math.max(0, 1 - left / Math.max(1, step.at - step.from)));
  const first = delivery.attempts.length === 0;
  return (
    <li class="tl-n">
      <span class="tg"><Icon name="clock" size={14} /></span>
      <div>
        <b>{left > 0 ? <>{first ? t.firstIn : t.nextIn} <span class="count">{countdown(left)}</span></> : t.due}</b>
        <time dateTime={new Date(step.at).toISOString()}>{moment(step.at, now.peek())}</time>
        <p>{t.attemptOf(step.number, Math.max(step.number, delivery.max_attempts))}</p>
        <span class="prog"><span style={{ width: `${Math.round(passed * 100)}%` }} /></span>
      </div>
    </li>
  );
}

function afterEvent(queuedAt: number, sent: SentEvent | null): string {
  const at = (sent?.body as { timestamp?: string } | null | undefined)?.timestamp;
  if (at === undefined) return "";
  const ms = queuedAt - Date.parse(at);
  return ms < 0 ? "" : t.afterEvent(ms < 1_000 ? text(latency(ms)) : durationText(ms));
}

function heldWords(why: string): string {
  const words = HELD_WORDS[why] ?? why;
  return words.charAt(0).toUpperCase() + words.slice(1);
}
