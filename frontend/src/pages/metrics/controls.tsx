import { boot } from "../../boot";
import { serverNow } from "../../clock";
import { LAST, LAST_WORDS, type Range } from "../../core/range";
import { failed, sum } from "../../core/chart-panels";
import { clockWords, dateWords } from "../../core/chart-time";
import { type History, stepsBetween } from "../../core/history";
import { addressOf, ask } from "../../navigation";
import { endpoints } from "../../subscriptions";
import { Icon } from "../../ui/icon";
import { RangeForm } from "../../ui/range-form";
import { clear, selection, showRange, zoomIn } from "./state";
import { t } from "./words";

export function EndpointPicker({ chosen }: { chosen: string }) {
  const offered = [...endpoints.value].sort((one, other) => one.label.localeCompare(other.label));
  return (
    <select class="picker" aria-label={t.endpoint} value={chosen} onChange={(event) => ask({ subscription: event.currentTarget.value })}>
      <option value="">{t.all}</option>
      {chosen !== "" && !offered.some(({ id }) => id === chosen) && <option value={chosen}>…{chosen.slice(-12)}</option>}
      {offered.map(({ id, label }) => <option key={id} value={id}>{label}</option>)}
    </select>
  );
}

/** Staff may look at all tenants together. */
export function ScopeSwitch({ system }: { system: boolean }) {
  if (!boot.user.staff) return null;
  return (
    <div class="seg" role="group" aria-label={t.scope}>
      <button type="button" aria-pressed={!system} onClick={() => ask({ scope: "" })}>{t.tenant}</button>
      <button type="button" aria-pressed={system} onClick={() => ask({ scope: "system", subscription: "" })}>{t.system}</button>
    </div>
  );
}

export function RangeSwitch({ range, customOpen, openCustom }: { range: Range; customOpen: boolean; openCustom: (open: boolean) => void }) {
  const choose = (next: Range) => {
    openCustom(false);
    showRange(next);
  };
  return (
    <div class="seg" role="group" aria-label={t.range}>
      {LAST.map((each) => <button key={each} type="button" aria-pressed={!customOpen && "last" in range && range.last === each} onClick={() => choose({ last: each })}>{LAST_WORDS[each]}</button>)}
      <button type="button" aria-pressed={customOpen || "from" in range} aria-expanded={customOpen} onClick={() => openCustom(!customOpen)}>{t.custom}</button>
    </div>
  );
}

export function CustomRange({ range, shown, close }: { range: Range; shown: History | null; close: () => void }) {
  const begin = "from" in range ? range : { from: shown?.since ?? serverNow() - 3_600_000, to: shown?.until ?? serverNow() };
  const show = (asked: { from: number; to: number }) => {
    close();
    showRange(asked);
  };
  return <RangeForm begin={begin} show={show} />;
}

/** What is selected, how much failed in it, and the way to those attempts. */
export function SelectionChip({ history, subscription }: { history: History; subscription: string }) {
  const selected = selection.value;
  if (selected === null) return null;
  const [from, to] = stepsBetween(history, selected.from, selected.to);
  // Prometheus extrapolates, so that its counts need not be whole.
  const n = Math.round(sum(failed(history), { from, to }));
  const seconds = history.step % 60 !== 0;
  const words = (at: number) => (history.until - history.since > 86_400_000 ? `${dateWords(at)} ${clockWords(at, seconds)}` : clockWords(at, seconds));
  const q = `-outcome:success${subscription === "" ? "" : ` endpoint:${subscription}`}`;
  return (
    <div class="sel-chip">
      <span>{t.selected(words(selected.from), words(selected.to))}</span>
      {history.scope === "system" ? <span>{t.failures(n)}</span> : <a href={addressOf("live", { q, from: String(selected.from), to: String(selected.to) })}>{t.failuresInLive(n)}</a>}
      <button type="button" class="linkish" onClick={zoomIn}>{t.zoom}</button>
      <button type="button" class="icon sm" aria-label={t.clear} title={`${t.clear} (Esc)`} onClick={clear}><Icon name="close" size={14} /></button>
    </div>
  );
}
