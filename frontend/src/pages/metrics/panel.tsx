import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import type { Scale } from "../../core/chart-scale";
import type { Plot } from "../../core/chart-shapes";
import type { Steps } from "../../core/chart-time";
import type { History } from "../../core/history";
import { Chart, type Shape, type Tone } from "../../ui/chart";
import { Legend, type LegendEntry } from "../../ui/chart-legend";
import { ChartTable, type Column } from "../../ui/chart-table";
import { Icon } from "../../ui/icon";
import { type Focus, focusOf, focusOn, state } from "./state";
import { t } from "./words";

/** What a panel shows of a history. */
export interface Picture {
  title: string;
  unit: (focus: Focus) => string;
  figure: (focus: Focus) => string;
  legend: (focus: Focus) => LegendEntry[];
  columns: readonly Column[];
  scale: Scale;
  tickWords: (value: number) => string;
  shapes: (plot: Plot) => Shape[];
  dots: (index: number) => { value: number | null; tone: Tone }[];
  limit?: { value: number; words: string };
}

export function Panel({ history, picture }: { history: History; picture: Picture }) {
  const highlighted = useSignal<string | null>(null);
  const spoken = (index: number) => picture.legend(focusOn(index)).map(({ label, value, unit }) => [label, value, unit].filter(Boolean).join(" ")).join(", ");
  return (
    <Frame history={history} {...picture}>
      <Chart {...picture} label={picture.title} state={state} steps={stepsOf(history)} highlighted={highlighted} spoken={spoken} />
      <FocusedLegend history={history} picture={picture} highlighted={highlighted} />
    </Frame>
  );
}

type FrameProps = Pick<Picture, "title" | "unit" | "figure" | "columns"> & { history: History; children: ComponentChildren };

/** A panel's head and, in place of what it draws, its table when that is asked for. */
export function Frame({ history, title, unit, figure, columns, children }: FrameProps) {
  const [asTable, setAsTable] = useState(false);
  const id = useId();
  const label = asTable ? t.chart(title) : t.table(title);
  return (
    <section class="panel mp" aria-labelledby={id}>
      <div class="mp-h">
        <h2 id={id}>{title}</h2>
        <Heading history={history} unit={unit} figure={figure} />
        <button type="button" class="icon" aria-label={label} title={label} onClick={() => setAsTable(!asTable)}><Icon name={asTable ? "chart" : "table"} /></button>
      </div>
      {asTable ? <ChartTable title={title} steps={stepsOf(history)} columns={columns} /> : children}
    </section>
  );
}

function Heading({ history, unit, figure }: Pick<FrameProps, "history" | "unit" | "figure">) {
  const focus = focusOf(history);
  return <><span class="mp-u">{unit(focus)}</span><span class="grow" /><b class="mp-now">{figure(focus)}</b></>;
}

function FocusedLegend({ history, picture, highlighted }: { history: History; picture: Picture; highlighted: Parameters<typeof Legend>[0]["highlighted"] }) {
  return <Legend entries={picture.legend(focusOf(history))} highlighted={highlighted} />;
}

export function stepsOf(history: History): Steps {
  return { at: history.at, seconds: history.step };
}
