/** Scales of a chart's values: round ticks, as few as can be read at a glance. */
export interface Scale {
  low: number;
  high: number;
  ticks: readonly number[];
}

const INTERVALS = 4;
const ROUND = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
/** Of a share in percent: down from 100, so that a dip of a tenth can be told from none and 0 is reached in equal steps. */
const SHARE_STEPS = [0.25, 0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 15, 20, 25];

/** From 0 to at least `max`. `whole`: what is counted has no half ones. */
export function scaleFromZero(max: number, { whole = false } = {}): Scale {
  const step = roundUp(Math.max(max, whole ? INTERVALS : Number.MIN_VALUE) / INTERVALS, whole);
  return { low: 0, high: step * INTERVALS, ticks: ticksFrom(0, step) };
}

/** Of shares in percent, up to 100: its low edge lies under the lowest of them, so that a dip is seen. */
export function scaleOfShares(lowest: number | null): Scale {
  const step = SHARE_STEPS.find((each) => 100 - each * INTERVALS <= (lowest ?? 100)) ?? SHARE_STEPS.at(-1)!;
  const low = 100 - step * INTERVALS;
  return { low, high: 100, ticks: ticksFrom(low, step) };
}

/** Where a value lies: 0 at the low edge, 1 at the high one. What lies outside is drawn at the edge. */
export function placeOf(value: number, { low, high }: Scale): number {
  return Math.min(1, Math.max(0, (value - low) / (high - low)));
}

function ticksFrom(low: number, step: number): number[] {
  return Array.from({ length: INTERVALS + 1 }, (_, i) => rounded(low + i * step));
}

function roundUp(step: number, whole: boolean): number {
  if (step === Number.MIN_VALUE / INTERVALS || step <= 0) return 1 / INTERVALS;
  const magnitude = 10 ** Math.floor(Math.log10(step));
  const fits = ROUND.map((each) => rounded(each * magnitude)).find((each) => each >= step - magnitude * 1e-9 && (!whole || Number.isInteger(each)));
  return fits ?? 10 * magnitude;
}

/** 0.1 + 0.2 is 0.3. */
function rounded(n: number): number {
  return Number(n.toPrecision(12));
}
