import { useEffect, useState } from "preact/hooks";
import { mayAct } from "../../boot";
import { now } from "../../clock";
import { count, plural, rate as perSecond } from "../../core/format";
import { texts } from "../../core/language";
import { zoneWords } from "../../core/zone";
import { viewLength } from "../../list";
import { KEPT_ROWS, connection, follow, isOff, painted, pause, pauseFor } from "../../live";
import { opened } from "../../navigation";
import { goLive, range } from "../../past";
import { density, shortcuts } from "../../preferences";
import { endedAt } from "../../session";
import { rate, summary, summaryFresh } from "../../summary";
import { helpOpen } from "../../ui/help";
import { Icon } from "../../ui/icon";
import { PAGE_NAMES } from "../../ui/page-names";
import { ReadingNote } from "../../ui/reading-note";
import { SessionBanner } from "../../ui/session-banner";
import { OpenedCircuit } from "./circuit-banner";
import { Empty } from "./empty";
import { Figures } from "./figures";
import { FilterBar } from "./filter-bar";
import { Grid } from "./grid";
import { Strip } from "./strip";
import { TimeRange } from "./time-range";

const t = texts({
  en: {
    attempts: "Attempts", follow: "Follow", pause: "Pause", backToLive: "Back to live", space: "Space", enter: "Enter",
    move: "move", open: "open", replay: "replay", filter: "filter", allKeys: "all keys",
    inView: (n: number, kept: number) => `${plural(n, "attempt")} in view, ${count(kept)} kept`,
    density: { compact: "Compact", comfortable: "Comfortable" }, make: { compact: "Make rows compact", comfortable: "Make rows comfortable" },
    offline: "Offline", paused: "Paused", following: "Following", rate: (rate: string) => `${rate} attempts a second`,
    counts: (retrying: number, failed: number) => `${count(retrying)} retrying, ${count(failed)} failed in the last hour`,
  },
  es: {
    attempts: "Intentos", follow: "Seguir", pause: "Pausar", backToLive: "Volver al vivo", space: "Espacio", enter: "Intro",
    move: "mover", open: "abrir", replay: "reenviar", filter: "filtrar", allKeys: "todas las teclas",
    inView: (n: number, kept: number) => `${plural(n, "intento")} a la vista, se guardan ${count(kept)}`,
    density: { compact: "Compacta", comfortable: "Amplia" }, make: { compact: "Hacer las filas compactas", comfortable: "Hacer las filas amplias" },
    offline: "Sin conexión", paused: "En pausa", following: "Siguiendo", rate: (rate: string) => `${rate} intentos por segundo`,
    counts: (retrying: number, failed: number) => `${count(retrying)} en reintento, ${plural(failed, "fallida")} en la última hora`,
  },
});

export function LivePage() {
  // The history was read, and stays what it is.
  const off = isOff.value && (range.value === null || endedAt.value !== null);
  const total = (painted.value, viewLength());
  return (
    <main id="main" class={`page live${opened.value ? " has-drawer" : ""}`} tabIndex={-1}>
      <h1 class="offscreen">{PAGE_NAMES.live}</h1>
      <Figures />
      <div class="filters">
        <FilterBar />
        <TimeRange />
        <FollowButton />
      </div>
      <section class={`panel feed${off ? " is-off" : ""}`} aria-label={t.attempts}>
        <Strip />
        <div class="sheet-of-rows">
          <Grid />
          {total === 0 && <Empty />}
        </div>
      </section>
      <div class="notices">
        <OpenedCircuit />
        {!isOff.value && <ReadingNote reading={summaryFresh.value} figuresOnly />}
        <SessionBanner />
      </div>
      <Foot total={total} />
      <SpokenSummary />
    </main>
  );
}

/** Besides "Live" among the time ranges the one way back from the history, where the eye looks for the way on. */
function FollowButton() {
  const inPast = range.value !== null;
  const paused = pause.value !== null;
  const press = () => (inPast ? goLive() : paused ? follow() : pauseFor("you"));
  const [icon, words] = inPast ? (["bolt", t.backToLive] as const) : paused ? (["play", t.follow] as const) : (["pause", t.pause] as const);
  return (
    <button type="button" class="btn" onClick={press}>
      <Icon name={icon} size={14} /><span>{words}</span>
      {shortcuts.value === "on" && <kbd aria-hidden="true">{t.space}</kbd>}
    </button>
  );
}

const HINTS: [keys: string[], does: string][] = [[["j", "k"], t.move], [[t.enter], t.open], ...(mayAct ? [[["r"], t.replay] as [string[], string]] : []), [["/"], t.filter]];

function Foot({ total }: { total: number }) {
  const other = density.value === "compact" ? "comfortable" : "compact";
  return (
    <footer class="foot">
      {shortcuts.value === "on" && HINTS.map(([keys, does]) => <span key={does} class="hint-key">{keys.map((key) => <kbd key={key}>{key}</kbd>)} {does}</span>)}
      <button type="button" onClick={() => (helpOpen.value = true)}><kbd>?</kbd> {t.allKeys}</button>
      <span class="grow" />
      <span>{t.inView(total, KEPT_ROWS)}</span>
      <span class="zone">{zoneWords(now.peek())}</span>
      <button type="button" title={t.make[other]} onClick={() => (density.value = other)}>{t.density[density.value]}</button>
    </footer>
  );
}

const SPOKEN_EVERY_MS = 10_000;

/** The feed itself is silent to screen readers; this says how it goes. */
function SpokenSummary() {
  const [words, say] = useState("");
  useEffect(() => {
    const timer = setInterval(() => say(summaryInWords()), SPOKEN_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return <p class="offscreen" role="status">{words}</p>;
}

function summaryInWords(): string {
  const figures = summary.peek();
  const state = connection.peek().kind === "offline" ? t.offline : pause.peek() ? t.paused : t.following;
  const counts = figures ? `, ${t.counts(figures.retrying ?? 0, figures.failed_1h ?? 0)}` : "";
  return `${state}, ${t.rate(perSecond(rate.peek()))}${counts}`;
}
