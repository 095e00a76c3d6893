import type { Signal } from "@preact/signals";
import type { Dash, Tone } from "./chart";

export interface LegendEntry {
  key: string;
  label: string;
  value: string;
  unit?: string;
  /** How its series is drawn: a line with its dash, a block of a stack, the dotted line of a limit, or not at all. */
  mark: { tone: Tone; dash?: Dash } | "limit" | null;
}

/** The series with their values. Pointing at one, or focusing it, brings it to the fore. */
export function Legend({ entries, highlighted }: { entries: readonly LegendEntry[]; highlighted: Signal<string | null> }) {
  const leave = () => (highlighted.value = null);
  return (
    <ul class="legend" onPointerLeave={leave}>
      {entries.map(({ key, label, value, unit, mark }) => {
        const content = <><Mark mark={mark} /><span class="cut">{label}</span><b>{value}{unit && <i> {unit}</i>}</b></>;
        if (mark === null || mark === "limit") return <li key={key}><span class="lg">{content}</span></li>;
        const show = () => (highlighted.value = key);
        return <li key={key}><button type="button" class={`lg${highlighted.value === key ? " bright" : ""}`} onPointerEnter={show} onFocus={show} onBlur={leave} onClick={show}>{content}</button></li>;
      })}
    </ul>
  );
}

function Mark({ mark }: { mark: LegendEntry["mark"] }) {
  if (mark === null) return null;
  if (mark === "limit") return <svg class="mark" width="16" height="8" aria-hidden="true"><path class="limit" d="M0 4h16" /></svg>;
  if (mark.dash === undefined) return <span class={`mark block s${mark.tone}`} />;
  return <svg class={`mark s${mark.tone}`} width="16" height="8" aria-hidden="true"><path class={`is-line s${mark.tone} ${mark.dash}`} d="M0 4h16" /></svg>;
}
