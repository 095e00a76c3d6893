import { useEffect, useState } from "preact/hooks";
import { clock } from "../core/format";
import type { Freshness } from "../core/freshness";
import { texts } from "../core/language";
import { endedAt } from "../session";
import { Icon } from "./icon";

const t = texts({
  en: {
    stale: (at: string) => `Not up to date: what is shown is from ${at}.`,
    staleFigures: (at: string) => `Figures and counts are not up to date: they are from ${at}.`,
    failed: "The figures could not be read.",
  },
  es: {
    stale: (at: string) => `Sin actualizar: lo que se muestra es de las ${at}.`,
    staleFigures: (at: string) => `Las cifras y los recuentos no están al día: son de las ${at}.`,
    failed: "No se pudieron leer los datos.",
  },
});

/** That the last reading failed, and how old what is shown is, or only its figures. An ended session has its own banner. */
export function ReadingNote({ reading: { at, problem }, figuresOnly = false }: { reading: Freshness; figuresOnly?: boolean }) {
  if (problem === null || endedAt.value !== null) return null;
  return (
    <p class="banner note" role="status">
      <Icon name="offline" size={15} /><span><b>{at === 0 ? t.failed : (figuresOnly ? t.staleFigures : t.stale)(clock(at))}</b> {problem.detail || problem.title}</span>
    </p>
  );
}

const LATE_AFTER_MS = 300;

/** Whether it took so long that a skeleton is calmer than nothing. */
export function useLate(): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), LATE_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  return late;
}
