/** The list follows what changes, whoever changes it. */
import { useEffect } from "preact/hooks";
import { loadSubscriptions } from "../../subscriptions";
import { loadFigures } from "./figures";

const EVERY_MS = 10_000;

export function reloadAll(): void {
  void loadSubscriptions();
  void loadFigures();
}

/** While the page is looked at, and at once when it is looked at again. */
export function useFollowing(load: () => void): void {
  useEffect(() => {
    const whenSeen = () => document.hidden || load();
    load();
    const timer = setInterval(whenSeen, EVERY_MS);
    document.addEventListener("visibilitychange", whenSeen);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", whenSeen);
    };
  }, []);
}
