/** The charts' history: read from the server every now and then, and grown by the feed's seconds in between. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { type Range, wireRange } from "../../core/range";
import { type History, type Second, merged, withSecond } from "../../core/history";
import { type Reading, useReading } from "../../reading";
import { durationEdges, onSecond } from "../../seconds";
import { api } from "../../session";

export interface Asked {
  range: Range;
  /** Empty for all. */
  subscription: string;
  system: boolean;
}

const GROWING_EVERY_MS = 30_000;
/** Where the feed's seconds, which are a tenant's, do not help. */
const STILL_EVERY_MS = 10_000;
/** A range that has ended hardly changes. */
const ENDED_EVERY_MS = 60_000;

/** Whether the feed tells the newest of it. */
export function growsByFeed({ range, subscription, system }: Asked): boolean {
  return "last" in range && subscription === "" && !system;
}

export function useHistory(asked: Asked, paused: boolean): Reading<History> {
  const { range, subscription, system } = asked;
  const grows = growsByFeed(asked);
  const wire = { ...wireRange(range), subscription, scope: system ? "system" : "" };
  const every = grows ? GROWING_EVERY_MS : "last" in range ? STILL_EVERY_MS : ENDED_EVERY_MS;
  const reading = useReading<History>(JSON.stringify(wire), () => api.page("history", wire), paused ? null : every);
  const seconds = useSeconds(grows && !paused);
  const history = reading.value;
  const value = useMemo(() => history && (grows ? merged(history, seconds, durationEdges()) : history), [history, grows, seconds]);
  return { ...reading, value };
}

function useSeconds(wanted: boolean): readonly Second[] {
  const [seconds, setSeconds] = useState<readonly Second[]>([]);
  useEffect(() => {
    if (!wanted) return;
    return onSecond((second) => document.hidden || setSeconds((kept) => withSecond(kept, second)));
  }, [wanted]);
  return seconds;
}
