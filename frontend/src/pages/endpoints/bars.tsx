import { type Endpoint, barHeights } from "../../core/endpoints";
import { count, plural } from "../../core/format";
import { texts } from "../../core/language";

const t = texts({
  en: { drawn: (good: number, failed: number) => `${count(good)} answered 2xx, ${count(failed)} failed` },
  es: { drawn: (good: number, failed: number) => `${plural(good, "respondido", "respondidos")} con 2xx, ${plural(failed, "fallido")}` },
});

const WIDTH = 200;
const ABOVE = 18;
const BELOW = 9;
const LEAST = 3;

/** Answered above the line, failed below it. Two paths, however many steps there are. */
export function Bars({ attempts, failed, series }: Endpoint) {
  const whole = WIDTH / Math.max(1, series.length);
  const width = Math.max(0.8, whole - 1);
  const bars = barHeights(series, ABOVE, BELOW, LEAST);
  const x = (i: number) => Math.round(i * whole * 10) / 10;
  const up = bars.map((bar, i) => (bar.up > 0 ? `M${x(i)} ${ABOVE}v${-bar.up}h${width}v${bar.up}z` : "")).join("");
  const down = bars.map((bar, i) => (bar.down > 0 ? `M${x(i)} ${ABOVE + 1}v${bar.down}h${width}v${-bar.down}z` : "")).join("");
  return (
    <svg class="mini" viewBox={`0 0 ${WIDTH} ${ABOVE + BELOW + 2}`} preserveAspectRatio="none" role="img" aria-label={t.drawn(attempts - failed, failed)}>
      <path class="base" d={`M0 ${ABOVE + 0.5}H${WIDTH}`} /><path class="ok" d={up} /><path class="bad" d={down} />
    </svg>
  );
}
