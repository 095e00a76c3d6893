import { type Series, sparkline } from "../core/series";

const WIDTH = 92;
const HEIGHT = 28;

export function Spark({ series, tone }: { series: Series; tone: string }) {
  const points = sparkline(series, WIDTH, HEIGHT);
  if (!points) return null;
  const line = points.map(({ x, y }) => `${x},${y}`).join(" ");
  const last = points.at(-1)!;
  return (
    <svg class={`spark ${tone}`} width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <polygon points={`${points[0]!.x},${HEIGHT - 1} ${line} ${last.x},${HEIGHT - 1}`} />
      <polyline points={line} />
      <circle cx={last.x} cy={last.y} r="2" />
    </svg>
  );
}
