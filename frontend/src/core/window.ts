/** The rows of a fixed-height list that are in sight: `[first, first + count)`, with a few to spare below. */
export interface Window {
  first: number;
  count: number;
}

const SPARE_ROWS = 2;

export function windowOf(scrollTop: number, viewHeight: number, rowHeight: number, total: number): Window {
  const slots = Math.ceil(viewHeight / rowHeight) + SPARE_ROWS;
  const first = Math.max(0, Math.min(Math.floor(scrollTop / rowHeight), total - slots));
  return { first, count: Math.min(slots, total - first) };
}

/** The scroll position nearest to the present one that shows row `index` whole. */
export function scrollToShow(index: number, scrollTop: number, viewHeight: number, rowHeight: number): number {
  const top = index * rowHeight;
  if (top < scrollTop) return top;
  return Math.max(scrollTop, top + rowHeight - viewHeight);
}
