import { useState } from "preact/hooks";
import { boot, mayAct } from "../../boot";
import { count, plural } from "../../core/format";
import { texts } from "../../core/language";
import { connection, painted, settled, tally } from "../../live";
import { addressOf, filterBy, terms } from "../../navigation";
import { type Past, past, readOlder, showRange } from "../../past";
import { api } from "../../session";
import { subscriptions, subscriptionsKnown } from "../../subscriptions";
import { Icon } from "../../ui/icon";
import { Skeleton } from "../../ui/skeleton";

const t = texts({
  en: {
    nothing: (filters: number) => `Nothing matches ${filters === 1 ? "this filter" : `these ${count(filters)} filters`}`,
    looked: (attempts: number) => (attempts > 0 ? `${plural(attempts, "attempt")} looked at, ${attempts === 1 ? "and it does not match" : "none of them matches"}.` : ""),
    appear: "Attempts that match appear here as they come.", clear: "Clear filters", search24h: "Search the last 24 h",
    noneThen: "No attempts in this range", unreadable: "The history could not be read", older: "Read further back",
    none: "No deliveries yet", soon: "An attempt appears here, usually within a second of its event.",
    subscribed: (tenant: string, n: number) => (n === 0 ? `${tenant} has no subscriptions: create one, and its events appear here.` : `${tenant} has ${plural(n, "subscription")}.`),
    test: "Send a test", sent: "Sent", create: "New subscription",
  },
  es: {
    nothing: (filters: number) => (filters === 1 ? "Nada coincide con este filtro" : `Nada coincide con estos ${count(filters)} filtros`),
    looked: (attempts: number) => (attempts > 0 ? `Se ${attempts === 1 ? "miró 1 intento y no" : `miraron ${plural(attempts, "intento")} y ninguno`} coincide.` : ""),
    appear: "Los intentos que coincidan aparecerán aquí según lleguen.", clear: "Quitar los filtros", search24h: "Buscar en las últimas 24 h",
    noneThen: "Sin intentos en este periodo", unreadable: "No se pudo leer el historial", older: "Leer más atrás",
    none: "Todavía no hay entregas", soon: "Cada intento aparece aquí, normalmente en menos de un segundo desde su evento.",
    subscribed: (tenant: string, n: number) =>
      n === 0 ? `${tenant} no tiene suscripciones: cree una y sus eventos aparecerán aquí.` : `${tenant} tiene ${plural(n, "suscripción", "suscripciones")}.`,
    test: "Enviar una prueba", sent: "Enviada", create: "Suscripción nueva",
  },
});

/** What stands in for rows: a skeleton, nothing yet, or nothing that matches. */
export function Empty() {
  if (past.value) return past.value.state === "reading" ? <Skeleton /> : <NothingThen past={past.value} />;
  if (!settled.value) return connection.value.kind === "offline" ? null : <Skeleton />;
  return terms.value.length > 0 ? <NoMatch /> : <NoDeliveries />;
}

function NoMatch() {
  const n = terms.value.length;
  painted.value;
  return (
    <div class="empty">
      <h2>{t.nothing(n)}</h2>
      <p>{t.looked(tally.examined)} {t.appear}</p>
      <div class="e-act">
        <button type="button" class="btn primary" onClick={() => filterBy([])}>{t.clear}</button>
        <button type="button" class="btn" onClick={() => showRange({ last: "24h" })}>{t.search24h}</button>
      </div>
    </div>
  );
}

function NothingThen({ past: { examined, state, problem } }: { past: Past }) {
  if (problem) return <div class="empty"><h2>{t.unreadable}</h2><p>{problem.detail || problem.title}</p></div>;
  return (
    <div class="empty">
      <h2>{examined === 0 ? t.noneThen : t.nothing(terms.value.length)}</h2>
      {examined > 0 && <p>{t.looked(examined)}</p>}
      <div class="e-act">
        {state === "more" && <button type="button" class="btn primary" onClick={readOlder}>{t.older}</button>}
        {terms.value.length > 0 && <button type="button" class={`btn${state === "more" ? "" : " primary"}`} onClick={() => filterBy([])}>{t.clear}</button>}
      </div>
    </div>
  );
}

function NoDeliveries() {
  const active = [...subscriptions.value.values()].filter((each) => each.active);
  return (
    <div class="empty">
      <svg class="e-art" width="120" height="54" viewBox="0 0 120 54" aria-hidden="true"><rect x="1" y="15" width="30" height="24" rx="6" /><rect x="89" y="15" width="30" height="24" rx="6" /><path d="M36 27h48" stroke-dasharray="2 5" /><path d="M79 22l5 5-5 5" /><path d="M9 24h14M9 30h8M97 24h14M97 30h8" /></svg>
      <h2>{t.none}</h2>
      <p>{subscribed()} {active.length > 0 ? t.soon : ""}</p>
      {mayAct && active[0] && <SendTest to={active[0].id} />}
      {mayAct && subscriptionsKnown.value && subscriptions.value.size === 0 && <div class="e-act"><a class="btn primary" href={addressOf("subscriptions", { new: "1" })}>{t.create}</a></div>}
    </div>
  );
}

function subscribed(): string {
  return subscriptionsKnown.value ? t.subscribed(boot.tenant.name, subscriptions.value.size) : "";
}

/** Goes away where the server has no test events. */
function SendTest({ to }: { to: string }) {
  const [state, setState] = useState<"ready" | "sending" | "sent" | "missing" | string>("ready");
  if (state === "missing") return null;
  const send = async () => {
    setState("sending");
    const answer = await api.test(to);
    if (answer.ok) setState("sent");
    else setState(answer.problem.status === 404 ? "missing" : answer.problem.detail || answer.problem.title);
  };
  const refused = state !== "ready" && state !== "sending" && state !== "sent";
  return (
    <div class="e-act">
      <button type="button" class="btn primary" disabled={state === "sending"} onClick={send}><Icon name="send" size={14} />{state === "sent" ? t.sent : t.test}</button>
      {refused && <p role="alert">{state}</p>}
    </div>
  );
}
