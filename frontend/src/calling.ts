/** Calls that a person makes by pressing a button. */
import { useRef, useState } from "preact/hooks";
import type { Answer, Problem } from "./core/api";
import { isInDoubt, sendOnce } from "./core/sending";

export interface Call {
  /** Why it was not done; null while it is not known, and when it was. */
  refused: Problem | null;
  busy: boolean;
  run: () => void;
}

/** A call that is made once however often it is pressed, and what it was refused for. `after` is called whatever the answer. */
export function useCall<T>(call: () => Promise<Answer<T>>, done: (value: T) => void, after: () => void): Call {
  const [refused, setRefused] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const running = useRef(false);
  const run = async () => {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setRefused(null);
    const answer = await call();
    running.current = false;
    setBusy(false);
    if (answer.ok) done(answer.value);
    else setRefused(answer.problem);
    after();
  };
  return { refused, busy, run: () => void run() };
}

/** One that must not have its effect twice, see `sendOnce`. */
export function useCallOnce<T>(name: string, call: (key: string) => Promise<Answer<T>>, done: (value: T) => void, after: () => void): Call & { inDoubt: boolean } {
  const made = useCall(() => sendOnce(name, call), done, after);
  return { ...made, inDoubt: !made.busy && isInDoubt(name) };
}
