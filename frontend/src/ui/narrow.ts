import { useEffect, useState } from "preact/hooks";

/** Whether the window is as narrow as a phone, by the style sheet's own breakpoint. */
const PHONE = matchMedia("(max-width: 719px)");

export function useNarrow(): boolean {
  const [narrow, setNarrow] = useState(PHONE.matches);
  useEffect(() => {
    const changed = () => setNarrow(PHONE.matches);
    PHONE.addEventListener("change", changed);
    return () => PHONE.removeEventListener("change", changed);
  }, []);
  return narrow;
}
