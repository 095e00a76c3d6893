import { useState } from "preact/hooks";
import { serverNow } from "../clock";
import { texts } from "../core/language";
import { type RangeProblem, inputInstant, inputValue, problemOf } from "../core/range";

const t = texts({
  en: {
    from: "From", to: "To", show: "Show",
    problem: { missing: "Both times are needed.", order: "The range must begin before it ends.", long: "A range has 31 days at most.", future: "The range begins in the future." } satisfies Record<RangeProblem, string>,
  },
  es: {
    from: "Desde", to: "Hasta", show: "Mostrar",
    problem: { missing: "Faltan las dos fechas.", order: "El periodo debe empezar antes de terminar.", long: "El periodo no puede superar 31 días.", future: "El periodo empieza en el futuro." },
  },
});

interface Ends {
  from: number;
  to: number;
}

/** Asks for a range by its two ends, in the reader's time. */
export function RangeForm({ begin, show }: { begin: Ends; show: (asked: Ends) => void }) {
  const [from, setFrom] = useState(inputValue(begin.from));
  const [to, setTo] = useState(inputValue(begin.to));
  const [problem, setProblem] = useState<RangeProblem | null>(null);
  const submit = (event: Event) => {
    event.preventDefault();
    const asked = { from: inputInstant(from), to: inputInstant(to) };
    const wrong = problemOf(asked.from, asked.to, serverNow());
    setProblem(wrong);
    if (wrong === null) show(asked);
  };
  return (
    <form class="custom" noValidate onSubmit={submit}>
      <label>{t.from} <input type="datetime-local" value={from} aria-invalid={problem !== null} aria-describedby="custom-problem" onInput={(event) => setFrom(event.currentTarget.value)} /></label>
      <label>{t.to} <input type="datetime-local" value={to} aria-invalid={problem !== null} aria-describedby="custom-problem" onInput={(event) => setTo(event.currentTarget.value)} /></label>
      <button type="submit" class="btn primary">{t.show}</button>
      <span id="custom-problem" class="custom-problem" role="status">{problem && t.problem[problem]}</span>
    </form>
  );
}
