/** What a page reads again and again: the newest answer stays on the screen, whatever goes wrong after it. */
import { useEffect, useState } from "preact/hooks";
import { serverNow } from "./clock";
import type { Answer } from "./core/api";
import { type Freshness, NEVER, afterAnswer } from "./core/freshness";
import { endedAt } from "./session";

export interface Reading<T> extends Freshness {
  /** What was asked for when `value` came. */
  key: string;
  value: T | null;
}

/** Reads at once, and again so long after each answer, while the page is looked at, and when it is looked at again; with another `key` anew. `everyMs` null: once. */
export function useReading<T>(key: string, read: () => Promise<Answer<T>>, everyMs: number | null): Reading<T> {
  const [reading, setReading] = useState<Reading<T>>({ key, value: null, ...NEVER });
  useEffect(() => {
    let ended = false;
    const stop = poll(async () => {
      const answer = await read();
      if (ended) return;
      setReading((last) => ({ ...(answer.ok ? { key, value: answer.value } : last), ...afterAnswer(last, answer, serverNow()) }));
    }, everyMs);
    return () => {
      ended = true;
      stop();
    };
  }, [key, everyMs]);
  return reading;
}

function poll(read: () => Promise<void>, everyMs: number | null): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let state: "due" | "reading" | "waiting" | "ended" = "due";
  const turn = async () => {
    if (state !== "due" || document.hidden || endedAt.peek() !== null) return;
    state = "reading";
    await read();
    if (state !== "reading" || everyMs === null) return;
    state = "waiting";
    timer = setTimeout(due, everyMs);
  };
  const due = () => {
    clearTimeout(timer);
    if (state === "waiting") state = "due";
    void turn();
  };
  document.addEventListener("visibilitychange", due);
  void turn();
  return () => {
    state = "ended";
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", due);
  };
}
