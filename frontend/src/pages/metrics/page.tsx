import { useEffect, useState } from "preact/hooks";
import { boot } from "../../boot";
import { serverNow } from "../../clock";
import { type Range, readRange } from "../../core/range";
import { sum } from "../../core/chart-panels";
import { clock } from "../../core/format";
import type { History } from "../../core/history";
import { connection } from "../../live";
import { ask, opened, query } from "../../navigation";
import type { Reading } from "../../reading";
import { Icon } from "../../ui/icon";
import { PageHead } from "../../ui/page-head";
import { PAGE_NAMES } from "../../ui/page-names";
import { ReadingNote, useLate } from "../../ui/reading-note";
import { SessionBanner } from "../../ui/session-banner";
import { CustomRange, EndpointPicker, RangeSwitch, ScopeSwitch, SelectionChip } from "./controls";
import { growsByFeed, useHistory } from "./load";
import { Panels } from "./panels";
import { clear, keepSelectionInAddress, showRange } from "./state";
import { t } from "./words";

export function MetricsPage() {
  const range = readRange(query.value);
  const system = boot.user.staff && query.value["scope"] === "system";
  const subscription = system ? "" : (query.value["subscription"] ?? "");
  const [pause, setPause] = useState<{ at: number; key: string; history: History } | null>(null);
  const [customOpen, openCustom] = useState(false);
  const asked = { range, subscription, system };
  const reading = useHistory(asked, pause !== null);
  // A pause is of one picture: another range or endpoint is looked at anew.
  const held = pause?.key === reading.key ? pause : null;
  const history = held?.history ?? reading.value;
  useEffect(() => setPause(null), [reading.key]);
  useEffect(keepSelectionInAddress, []);
  useEscape();
  return (
    <main id="main" class="page metrics" tabIndex={-1}>
      <SessionBanner />
      <PageHead title={PAGE_NAMES.metrics} beside={system ? undefined : <EndpointPicker chosen={subscription} />}>
        {history && <SelectionChip history={history} subscription={subscription} />}
        <ScopeSwitch system={system} />
        <RangeSwitch range={range} customOpen={customOpen} openCustom={openCustom} />
        <button type="button" class="btn pause" disabled={history === null} title={held ? t.paused(clock(held.at)) : undefined} onClick={() => setPause(held || history === null ? null : { at: serverNow(), key: reading.key, history })}>
          <Icon name={held ? "play" : "pause"} size={14} />{held ? t.resume : t.pause}
        </button>
      </PageHead>
      {customOpen && <CustomRange range={range} shown={history} close={() => openCustom(false)} />}
      {held && <p class="banner paused"><Icon name="pause" size={14} /><b>{t.paused(clock(held.at))}</b></p>}
      <ReadingNote reading={growsByFeed(asked) ? withoutFeed(reading) : reading} />
      {history === null ? reading.problem === null && <Skeleton /> : isEmpty(history) ? <Empty range={range} subscription={subscription} /> : <Panels history={history} />}
      {history && <p class="source">{boot.user.staff && <span>{t.source[history.source]}</span>}<span>{t.how}</span></p>}
    </main>
  );
}

/** While the feed is away the figures stand still between two readings, and look as if nothing happened. */
function withoutFeed(reading: Reading<History>): Reading<History> {
  if (connection.value.kind !== "offline" || reading.problem !== null || reading.value === null) return reading;
  return { ...reading, at: reading.value.until, problem: { status: 0, title: t.feedAway, detail: "", errors: {} } };
}

function isEmpty({ attempts, backlog }: History): boolean {
  return sum(attempts) === 0 && !backlog?.waiting.some((n) => n !== null && n > 0);
}

function Empty({ range, subscription }: { range: Range; subscription: string }) {
  const longest = "last" in range && range.last === "24h";
  return (
    <section class="panel nothing">
      <h2>{t.empty}</h2>
      <p>{t.emptyMore}</p>
      <div class="e-act">
        {!longest && <button type="button" class="btn" onClick={() => showRange({ last: "24h" })}>{t.longer}</button>}
        {subscription !== "" && <button type="button" class="btn" onClick={() => ask({ subscription: "" })}>{t.everybody}</button>}
      </div>
    </section>
  );
}

function Skeleton() {
  const late = useLate();
  return <div class="mgrid" aria-busy="true">{late && Array.from({ length: 6 }, (_, i) => <section key={i} class="panel mp mp-sk"><i /><i /></section>)}</div>;
}

/** Esc clears the selection wherever the focus is, but first closes what lies over the page. */
function useEscape(): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === "Escape" && opened.peek() === null && document.querySelector("dialog[open]") === null) clear();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}
