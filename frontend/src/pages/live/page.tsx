import { useEffect, useState } from "preact/hooks";
import { count, plural, rate as perSecond } from "../../core/format";
import { KEPT_ROWS, connection, follow, painted, pause, pauseFor } from "../../live";
import { opened } from "../../navigation";
import { density, shortcuts } from "../../preferences";
import { endedAt } from "../../session";
import { rate, summary } from "../../summary";
import { helpOpen } from "../../ui/help";
import { Icon } from "../../ui/icon";
import { SessionBanner } from "../../ui/session-banner";
import { Empty } from "./empty";
import { Figures } from "./figures";
import { FilterBar } from "./filter-bar";
import { Grid, viewLength } from "./grid";
import { Strip } from "./strip";

export function LivePage() {
  const off = connection.value.kind === "offline" || endedAt.value !== null;
  const total = (painted.value, viewLength());
  return (
    <main class={`page live${opened.value ? " has-drawer" : ""}`} tabIndex={-1}>
      <h1 class="offscreen">Live</h1>
      <SessionBanner />
      <Figures />
      <div class="filters">
        <FilterBar />
        <FollowButton />
      </div>
      <section class={`panel feed${off ? " is-off" : ""}`} aria-label="Attempts">
        <Strip />
        <div class="sheet-of-rows">
          <Grid />
          {total === 0 && <Empty />}
        </div>
      </section>
      <Foot total={total} />
      <SpokenSummary />
    </main>
  );
}

function FollowButton() {
  const paused = pause.value !== null;
  return (
    <button type="button" class="btn" onClick={() => (paused ? follow() : pauseFor("you"))}>
      <Icon name={paused ? "play" : "pause"} size={14} /><span>{paused ? "Follow" : "Pause"}</span>
      {shortcuts.value === "on" && <kbd aria-hidden="true">Space</kbd>}
    </button>
  );
}

const HINTS: [keys: string[], does: string][] = [[["j", "k"], "move"], [["Enter"], "open"], [["r"], "replay"], [["/"], "filter"]];

function Foot({ total }: { total: number }) {
  const other = density.value === "compact" ? "comfortable" : "compact";
  return (
    <footer class="foot">
      {shortcuts.value === "on" && HINTS.map(([keys, does]) => <span key={does} class="hint-key">{keys.map((key) => <kbd key={key}>{key}</kbd>)} {does}</span>)}
      <button type="button" onClick={() => (helpOpen.value = true)}><kbd>?</kbd> all keys</button>
      <span class="grow" />
      <span>{plural(total, "attempt")} in view, {count(KEPT_ROWS)} kept</span>
      <span class="zone">{zone()}</span>
      <button type="button" title={`Make rows ${other}`} onClick={() => (density.value = other)}>{density.value === "compact" ? "Compact" : "Comfortable"}</button>
    </footer>
  );
}

/** "Madrid, UTC+1": whose clock the times are by. */
function zone(): string {
  const place = Intl.DateTimeFormat().resolvedOptions().timeZone.split("/").at(-1)!.replaceAll("_", " ");
  const minutes = -new Date().getTimezoneOffset();
  if (minutes === 0) return "UTC";
  const hours = Math.trunc(Math.abs(minutes) / 60);
  const rest = Math.abs(minutes) % 60;
  return `${place}, UTC${minutes < 0 ? "−" : "+"}${hours}${rest ? `:${String(rest).padStart(2, "0")}` : ""}`;
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
  const state = connection.peek().kind === "offline" ? "Offline" : pause.peek() ? "Paused" : "Following";
  const counts = figures ? `, ${count(figures.retrying ?? 0)} retrying, ${count(figures.failed_1h ?? 0)} failed in the last hour` : "";
  return `${state}, ${perSecond(rate.peek())} attempts a second${counts}`;
}
