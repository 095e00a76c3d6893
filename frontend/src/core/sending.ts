/** What must not happen twice because a button was pressed twice, or because an answer was lost. It outlives the dialog that asked. */
import type { Answer } from "./api";
import { Once } from "./once";

interface Sent {
  once: Once;
  underWay: Promise<Answer<unknown>> | null;
}

const byName = new Map<string, Sent>();

/**
 * `name` says what is done to what. While that is under way, who asks again gets the same answer; while nobody knows
 * what became of it, it is sent again with the same key.
 */
export function sendOnce<T>(name: string, send: (key: string) => Promise<Answer<T>>): Promise<Answer<T>> {
  const sent = byName.get(name) ?? { once: new Once(), underWay: null };
  byName.set(name, sent);
  // Of one name all answers are of one type.
  if (sent.underWay !== null) return sent.underWay as Promise<Answer<T>>;
  const answer = send(sent.once.keyFor({ name })).then((came) => {
    sent.underWay = null;
    if (came.ok) sent.once.done();
    else sent.once.refused(came.problem.status);
    return came;
  });
  sent.underWay = answer;
  return answer;
}

/** Whether it may have happened, though no answer came. */
export function isInDoubt(name: string): boolean {
  return byName.get(name)?.once.inDoubt ?? false;
}
