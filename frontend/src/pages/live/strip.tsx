import { now, ownNow } from "../../clock";
import { clock, count, durationText, plural, second } from "../../core/format";
import { parseTerms } from "../../core/filter";
import { texts } from "../../core/language";
import { LAST_WORDS, type Last } from "../../core/range";
import { STATUS_WORDS, type Status } from "../../core/status";
import { type PauseReason, connection, follow, painted, pause, retryNow, sampling, tally } from "../../live";
import { opened, terms } from "../../navigation";
import { type Past, past, readAnew, readOlder, showCounted } from "../../past";
import { endedAt } from "../../session";
import { summary } from "../../summary";
import { CopiedNote } from "../../ui/copied";
import { Icon } from "../../ui/icon";
import { StatusMark } from "../../ui/status";

const REASONS: Record<PauseReason, string> = texts({
  en: { scroll: "Paused: you scrolled", text: "Paused: text is selected", row: "Paused: a row is selected", delivery: "Paused: a delivery is open", you: "Paused by you" },
  es: { scroll: "En pausa: ha desplazado", text: "En pausa: texto seleccionado", row: "En pausa: fila elegida", delivery: "En pausa: entrega abierta", you: "En pausa por usted" },
});

const t = texts({
  en: {
    connecting: "Connecting", following: "Following", newest: "Newest first", sampled: (oneIn: number) => `Showing 1 in ${count(oneIn)} successes, all failures`,
    snapshot: (time: string) => `Snapshot of ${time}`, stopped: "Stopped", sessionEnded: "The session has ended", feedStopped: "The feed stopped",
    offline: (time: string) => `Offline ${time}`, retryingIn: (time: string) => `retrying in ${time}`, retryingNow: "retrying now", retry: "Retry now",
    fresh: (n: number) => `${count(n)} new`, toNewest: "Go to the newest and follow", now: "now",
    filterBy: (status: string, span: string) => `${status}, ${span}: filter by it`,
    history: "History", fromTo: (from: string, to: string) => `${from} to ${to}`, attempts: (n: number) => plural(n, "attempt"),
    found: (n: number, examined: number) => `${count(n)} of ${plural(examined, "attempt")}`, reading: { reading: "Reading…", more: "", all: "", full: "More are not shown" },
    older: "Read further back", refresh: "Refresh", untried: "Also those never tried: 24 h",
  },
  es: {
    connecting: "Conectando", following: "Siguiendo", newest: "Lo más reciente primero", sampled: (oneIn: number) => `Se muestra 1 de cada ${count(oneIn)} éxitos y todos los fallos`,
    snapshot: (time: string) => `Instantánea de las ${time}`, stopped: "Detenido", sessionEnded: "La sesión ha terminado", feedStopped: "El flujo se detuvo",
    offline: (time: string) => `Sin conexión ${time}`, retryingIn: (time: string) => `reintento en ${time}`, retryingNow: "reintentando", retry: "Reintentar",
    fresh: (n: number) => plural(n, "nuevo"), toNewest: "Ir a lo más reciente y seguir", now: "ahora",
    filterBy: (status: string, span: string) => `${status}, ${span}: filtrar por ello`,
    history: "Historial", fromTo: (from: string, to: string) => `${from} a ${to}`, attempts: (n: number) => plural(n, "intento"),
    found: (n: number, examined: number) => `${count(n)} de ${plural(examined, "intento")}`, reading: { reading: "Leyendo…", more: "", all: "", full: "No se muestran más" },
    older: "Leer más atrás", refresh: "Actualizar", untried: "También las no intentadas: 24 h",
  },
});

/** What a delivery may be before its first attempt. */
const UNTRIED: ReadonlySet<string> = new Set(["pending", "held", "cancelled"]);
const UNTRIED_WITHIN: Last = "24h";

/** Always there, so that pausing never moves a row, and always says what the list does and why. */
export function Strip() {
  const state = connection.value;
  const off = endedAt.value !== null || state.kind === "offline" || state.kind === "refused";
  const look = off ? " is-off" : pause.value ? " is-paused" : "";
  if (past.value && endedAt.value === null) return <div class="strip"><History past={past.value} /></div>;
  return (
    <div class={`strip${look}`}>
      {off ? <Offline /> : pause.value ? <Paused /> : <Following />}
      <NewPill />
      <Copied />
      <span class="grow" />
      <QuickFilters />
    </div>
  );
}

/** What of the history was looked at, and what of that is shown. */
function History({ past: { from, to, reached, examined, found, state, problem } }: { past: Past }) {
  const refresh = () => {
    follow();
    readAnew();
  };
  const filtered = terms.value.length > 0;
  return (
    <>
      <span class="why-past" role="status">
        <Icon name="clock" size={14} /><b>{t.history}</b>
        <span>{t.fromTo(second(state === "all" ? from : reached, now.peek()), second(to, now.peek()))}</span>
        <span class="snap">{filtered ? t.found(found, examined) : t.attempts(found)}</span>
      </span>
      {problem ? <span class="told" role="alert">{problem.detail || problem.title}</span> : <span class="snap">{t.reading[state]}</span>}
      {state === "more" && <button type="button" class="btn small" onClick={readOlder}>{t.older}</button>}
      <Copied />
      <span class="grow" />
      {state !== "reading" && <button type="button" class="btn small" onClick={refresh}>{t.refresh}</button>}
    </>
  );
}

/** Of the selected row; an open delivery says it beside its own id. */
function Copied() {
  return opened.value === null ? <CopiedNote /> : null;
}

function Following() {
  const thinned = (painted.value, sampling.oneIn(ownNow()));
  return (
    <span class="following">
      <span class={`dot${connection.value.kind === "connecting" ? " idle" : ""}`} />
      <b>{connection.value.kind === "connecting" ? t.connecting : t.following}</b>
      {thinned === null
        ? <span class="snap">{t.newest}</span>
        : <span class="sampled"><Icon name="filter" size={14} />{t.sampled(thinned)}</span>}
      <Untried />
    </span>
  );
}

/** The feed tells attempts: what was never tried is in the history only. */
function Untried() {
  const asked = terms.value.some(({ key, value, negated }) => key === "status" && !negated && UNTRIED.has(value));
  return asked ? <button type="button" class="linkish" onClick={() => showCounted(terms.value, UNTRIED_WITHIN)}>{t.untried}</button> : null;
}

function Paused() {
  const { why, at } = pause.value!;
  return <span class="why-paused"><Icon name="pause" size={14} /><b>{REASONS[why]}</b><span class="snap">{t.snapshot(clock(at))}</span></span>;
}

function Offline() {
  const state = connection.value;
  if (endedAt.value !== null) return <span class="why-off"><Icon name="offline" size={14} /><b>{t.stopped}</b> {t.sessionEnded}</span>;
  if (state.kind === "refused") {
    return <span class="why-off"><Icon name="offline" size={14} /><b>{t.feedStopped}</b><span class="told">{state.detail}</span><RetryButton /></span>;
  }
  if (state.kind !== "offline") return null;
  const wait = state.retryAt - ownNow();
  return (
    <span class="why-off">
      <Icon name="offline" size={14} />
      <span class="off-words">
        <span><b>{t.offline(seconds(ownNow() - state.since))}</b>, {wait > 0 ? t.retryingIn(seconds(wait)) : t.retryingNow}</span>
        {state.reason && <span class="told" title={state.reason}>{state.reason}</span>}
      </span>
      <RetryButton />
    </span>
  );
}

function RetryButton() {
  return <button type="button" class="btn small" onClick={retryNow}>{t.retry}</button>;
}

function seconds(ms: number): string {
  return durationText(Math.ceil(Math.max(0, ms) / 1_000) * 1_000);
}

function NewPill() {
  // Nothing comes any more that could be followed.
  if (endedAt.value !== null) return null;
  const held = pause.value;
  const news = held ? (painted.value, tally.arrived - held.arrived) : 0;
  if (news === 0) return null;
  return <button type="button" class="newpill" onClick={follow} title={t.toNewest}><Icon name="newest" size={13} />{t.fresh(news)}</button>;
}

/** `within` null: as things are now. Of what is held, only the history has what was never tried: `listed`. */
const QUICK: { status: Status; figure: "delivered_1h" | "retrying" | "failed_1h" | "held"; within: Last | null; listed?: Last }[] = [
  { status: "delivered", figure: "delivered_1h", within: "1h" },
  { status: "retrying", figure: "retrying", within: null },
  { status: "failed", figure: "failed_1h", within: "1h" },
  { status: "held", figure: "held", within: null, listed: UNTRIED_WITHIN },
];

function spanOf(within: Last | null): string {
  return within === null ? t.now : LAST_WORDS[within];
}

function QuickFilters() {
  const figures = summary.value;
  if (!figures) return null;
  return (
    <span class="quick">
      {QUICK.map(({ status, figure, within, listed = within }) => (
        <button key={status} type="button" class={`q q-${status}`} title={t.filterBy(STATUS_WORDS[status], spanOf(within))} onClick={() => showCounted(parseTerms(`status:${status}`), listed)}>
          <StatusMark status={status} /><span class="span">{spanOf(within)}</span><span class="n">{figures[figure] === null ? "–" : count(figures[figure])}</span>
        </button>
      ))}
    </span>
  );
}
