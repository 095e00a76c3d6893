import { useEffect, useState } from "preact/hooks";

const AFTER_MS = 300;
const WIDTHS = [120, 96, 132, 110, 126, 104, 118, 98];

/** Where rows will be, once waiting for them is felt. */
export function Skeleton() {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  if (!late) return null;
  return (
    <div class="sks" aria-hidden="true">
      {WIDTHS.map((width, i) => (
        <div key={i} class="sk">{[62, 78, width, width + 60].map((px, n) => <i key={n} style={{ width: `${px}px` }} />)}</div>
      ))}
    </div>
  );
}
