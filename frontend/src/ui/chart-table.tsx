import { type Steps, wordsOf } from "../core/chart-time";
import { NONE } from "../core/format";
import { texts } from "../core/language";
import { CopyButton } from "./copy-button";

const t = texts({
  en: { time: "Time", copy: "Copy", what: "the table" },
  es: { time: "Hora", copy: "Copiar", what: "la tabla" },
});

export interface Column {
  key: string;
  label: string;
  /** Empty where nothing was measured. */
  cell: (index: number) => string;
}

/** A panel's figures as a table, newest first: to be read, or copied into a spreadsheet. */
export function ChartTable({ title, steps, columns }: { title: string; steps: Steps; columns: readonly Column[] }) {
  const rows = steps.at.map((at, i) => ({ at, words: wordsOf(i, steps), cells: columns.map(({ cell }) => cell(i)) })).reverse();
  const asText = () => [[t.time, ...columns.map(({ label }) => label)], ...rows.map(({ at, cells }) => [new Date(at).toISOString(), ...cells])].map((cells) => cells.join("\t")).join("\n");
  return (
    <>
      <div class="chart-table" tabIndex={0} role="group" aria-label={title}>
        <table>
          <caption class="offscreen">{title}</caption>
          <thead><tr><th scope="col">{t.time}</th>{columns.map(({ key, label }) => <th key={key} scope="col">{label}</th>)}</tr></thead>
          <tbody>{rows.map(({ at, words, cells }) => <tr key={at}><th scope="row">{words}</th>{cells.map((cell, n) => <td key={n}>{cell || NONE}</td>)}</tr>)}</tbody>
        </table>
      </div>
      <CopyButton what={t.what} label={t.copy} class="btn small" text={asText} />
    </>
  );
}
