import type { JSX } from "preact";

/** Drawn on 16 by 16 in the text's colour; `fill` parts are solid, `knock` parts are cut out of them. */
const SHAPES = {
  delivered: <><circle cx="8" cy="8" r="6.25" /><path d="M5.2 8.2l1.9 1.9 3.7-4" /></>,
  retrying: <><path d="M13.4 8.6a5.5 5.5 0 1 1-1.5-4.4" /><path d="M13.6 1.9v3.2h-3.2" /></>,
  failed: <><path class="fill" d="M5.1 1.2h5.8l4 4v5.6l-4 4H5.1l-4-4V5.2z" /><path class="knock" d="M5.7 5.7l4.6 4.6M10.3 5.7l-4.6 4.6" /></>,
  pending: <circle cx="8" cy="8" r="6" stroke-dasharray="2.3 2.41" />,
  delivering: <><circle cx="8" cy="8" r="6.25" /><path d="M4.8 8h6M8.6 5.8L10.8 8l-2.2 2.2" /></>,
  cancelled: <><circle cx="8" cy="8" r="6.25" /><path d="M3.7 12.3l8.6-8.6" /></>,
  held: <><rect x="1.75" y="1.75" width="12.5" height="12.5" rx="3" /><path d="M6.2 5.4v5.2M9.8 5.4v5.2" /></>,
  search: <><circle cx="7" cy="7" r="4.5" /><path d="M10.5 10.5L14 14" /></>,
  down: <path d="M4.5 6.3L8 9.8l3.5-3.5" />,
  up: <path d="M4.5 9.7L8 6.2l3.5 3.5" />,
  close: <path d="M4 4l8 8M12 4l-8 8" />,
  pause: <path d="M5.5 3.5v9M10.5 3.5v9" stroke-width="2" />,
  play: <path class="fill" d="M5 3.2v9.6L12.6 8z" />,
  newest: <path d="M8 13V3.2M3.8 7.4L8 3.2l4.2 4.2" />,
  copy: <><rect x="5.5" y="5.5" width="8" height="8" rx="1.8" /><path d="M10.5 5.3V4.2A1.7 1.7 0 0 0 8.8 2.5H4.2A1.7 1.7 0 0 0 2.5 4.2v4.6a1.7 1.7 0 0 0 1.7 1.7h1.1" /></>,
  help: <><circle cx="8" cy="8" r="6.25" /><path d="M6.2 6.3a1.9 1.9 0 1 1 2.6 1.9c-.6.3-.8.6-.8 1.2" /><path d="M8 11.4v.1" stroke-width="1.8" /></>,
  theme: <><circle cx="8" cy="8" r="5.75" /><path class="fill" d="M8 2.25a5.75 5.75 0 0 1 0 11.5z" /></>,
  check: <path d="M3.2 8.4l3.2 3.2 6.4-7" />,
  warn: <><path d="M8 2.2l6.3 11.1H1.7z" /><path d="M8 6.6v3M8 11.4v.1" stroke-width="1.7" /></>,
  offline: <><path d="M2 5.6A9 9 0 0 1 5 3.9M8 3.4a9 9 0 0 1 6 2.2M4.3 8.2A5.6 5.6 0 0 1 6 7.2M10.6 7.6a5.6 5.6 0 0 1 1.1.8M6.8 10.7a2 2 0 0 1 2.4 0M2.5 2.5l11 11" /><path d="M8 13v.1" stroke-width="1.8" /></>,
  replay: <><path d="M2.6 8.6a5.5 5.5 0 1 0 1.5-4.4" /><path d="M2.4 1.9v3.2h3.2" /><path class="fill" d="M6.7 5.9v4.6L10.3 8.2z" stroke-width=".6" /></>,
  key: <><circle cx="5.2" cy="10.8" r="2.9" /><path d="M7.3 8.7l5.9-5.9M11 5l1.9 1.9M9 7l1.3 1.3" /></>,
  filter: <path d="M2.5 3.5h11L9.4 8.4v4l-2.8 1v-5z" />,
  clock: <><circle cx="8" cy="8" r="6" /><path d="M8 4.6V8l2.3 1.6" /></>,
  send: <path d="M13.8 2.2L7 9M13.8 2.2L9.6 13.8 7 9 2.2 6.4z" />,
  right: <path d="M6.3 4.5L9.8 8l-3.5 3.5" />,
  plus: <path d="M8 3v10M3 8h10" />,
  expand: <path d="M9.5 2.5h4v4M13.3 2.7L9 7M6.5 13.5h-4v-4M2.7 13.3L7 9" />,
  link: <path d="M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2.2-2.2A2.6 2.6 0 0 0 9 3.3L7.9 4.4M9.2 6.8a2.6 2.6 0 0 0-3.7 0L3.3 9A2.6 2.6 0 0 0 7 12.7l1.1-1.1" />,
  table: <><rect x="2" y="3" width="12" height="10" rx="1.5" /><path d="M2 6.5h12M2 9.8h12M6.5 6.5V13" /></>,
  bolt: <path d="M8.8 1.8L3.4 9.2h4l-.8 5 5.8-7.6H8.2z" />,
  list: <path d="M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.1M2.5 8h.1M2.5 12h.1" stroke-width="1.6" />,
  server: <><rect x="2" y="2.8" width="12" height="4.4" rx="1.2" /><rect x="2" y="8.8" width="12" height="4.4" rx="1.2" /><path d="M4.6 5h.1M4.6 11h.1" stroke-width="1.8" /></>,
  chart: <><path d="M2.5 2.5v11h11" /><path d="M5 10l2.6-3.2 2 1.6L13 4.4" /></>,
  edit: <path d="M3 13l.8-3.1 6.9-6.9a1.5 1.5 0 0 1 2.1 2.1L5.9 12z" />,
  trash: <path d="M2.8 4.5h10.4M6.3 4.3V2.8h3.4v1.5M4.2 4.7l.6 8.5h6.4l.6-8.5M6.8 7v3.7M9.2 7v3.7" />,
  more: <path d="M3.5 8h.1M8 8h.1M12.5 8h.1" stroke-width="2" />,
  "circuit-closed": <circle class="fill" cx="8" cy="8" r="4.2" stroke-width="0" />,
  "circuit-open": <circle cx="8" cy="8" r="4.5" stroke-width="2.2" />,
  "circuit-ramping": <><circle cx="8" cy="8" r="4.6" stroke-width="1.8" /><path class="fill" stroke-width="0" d="M8 3.4a4.6 4.6 0 0 1 0 9.2z" /></>,
} satisfies Record<string, JSX.Element>;

export type IconName = keyof typeof SHAPES;

/** Defined once in the page; every icon refers to it, so that repainting a row swaps one attribute. */
export function IconSheet() {
  return (
    <svg class="sheet" width="0" height="0" aria-hidden="true">
      <defs>
        {Object.entries(SHAPES).map(([name, shape]) => <symbol key={name} id={`i-${name}`} viewBox="0 0 16 16">{shape}</symbol>)}
      </defs>
    </svg>
  );
}

export function Icon({ name, size = 16, class: extra = "" }: { name: IconName; size?: number; class?: string }) {
  return <svg class={`i ${extra}`} width={size} height={size} aria-hidden="true"><use href={`#i-${name}`} /></svg>;
}
