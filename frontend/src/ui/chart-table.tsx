import { type Steps, wordsOf } from "../core/chart-time";
import { texts } from "../core/language";
import { CopyButton } from "./copy-button";

const t = texts({
  en: { time: "Time", copy: "Copy", what: "the table" },
  es: { time: "Hora", copy: "Copiar", what: "la tabla" },
});

export interface Column {
  key: string;
  label: string;
  cell: (index: number) => string;
}

/** A panel's figures as a table: to be read, or copied into a spreadsheet. */
export function ChartTable({ title, steps, columns }: { title: string; steps: Steps; columns: readonly Column[] }) {
  const rows = steps.at.map((_, i) => [wordsOf(i, steps), ...columns.map(({ cell }) => cell(i))]);
  const asText = () => [[t.time, ...columns.map(({ label }) => label)], ...steps.at.map((at, i) => [new Date(at).toISOString(), ...columns.map(({ cell }) => cell(i))])].map((cells) => cells.join("\t")).join("\n");
  return (
    <>
      <div class="chart-table" tabIndex={0} role="group" aria-label={title}>
        <table>
          <caption class="offscreen">{title}</caption>
          <thead><tr><th scope="col">{t.time}</th>{columns.map(({ key, label }) => <th key={key} scope="col">{label}</th>)}</tr></thead>
          <tbody>{rows.map(([time, ...cells], i) => <tr key={steps.at[i]}><th scope="row">{time}</th>{cells.map((cell, n) => <td key={n}>{cell}</td>)}</tr>)}</tbody>
        </table>
      </div>
      <CopyButton what={t.what} label={t.copy} class="btn small" text={asText} />
    </>
  );
}
