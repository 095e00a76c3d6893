/** The recent samples of one figure and the line that shows them. */
export const SERIES_LENGTH = 40;

const LEAST_SPAN = 0.1;
/** A line of fewer samples grows from the right; from here on it has the whole width. */
const FULL_WIDTH_FROM = 12;
/** Fewer would be a tick at the edge. */
const LINE_FROM = 4;

export type Series = readonly (number | null)[];

export function sampled(series: Series, sample: number | null): Series {
  return [...series, sample].slice(-SERIES_LENGTH);
}

/** Points of a sparkline in a box of `width` by `height`, now at the right; null while they are few, or never moved. */
export function sparkline(series: Series, width: number, height: number): { x: number; y: number }[] | null {
  const known = series.filter((sample): sample is number => sample !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  if (known.length < LINE_FROM || low === high) return null;
  // A change of a few percent shall not look like a storm.
  const span = Math.max(high - low, Math.abs(high) * LEAST_SPAN);
  const step = (width - 4) / (Math.max(known.length, FULL_WIDTH_FROM) - 1);
  const first = width - 2 - (known.length - 1) * step;
  return known.map((sample, i) => ({ x: round(first + i * step), y: round(height - 2 - ((sample - low) / span) * (height - 4)) }));
}

function round(n: number): number {
  return Math.round(n * 10) / 10;
}
