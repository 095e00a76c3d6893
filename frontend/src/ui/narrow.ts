import { useEffect, useState } from "preact/hooks";

/** The style sheet's own breakpoints: a phone, and a window with no room for a panel beside a list. */
const PHONE = matchMedia("(max-width: 719px)");
const NO_ROOM_BESIDE = matchMedia("(max-width: 1099px)");

export function useNarrow(): boolean {
  return useMatch(PHONE);
}

export function useNoRoomBeside(): boolean {
  return useMatch(NO_ROOM_BESIDE);
}

function useMatch(media: MediaQueryList): boolean {
  const [matches, setMatches] = useState(media.matches);
  useEffect(() => {
    const changed = () => setMatches(media.matches);
    media.addEventListener("change", changed);
    return () => media.removeEventListener("change", changed);
  }, []);
  return matches;
}
