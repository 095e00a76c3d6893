import { expect, it } from "vitest";
import type { Answer } from "./api";
import { isInDoubt, sendOnce } from "./sending";

const refused = (status: number): Answer<string> => ({ ok: false, problem: { status, title: "", detail: "", errors: {} } });
const done: Answer<string> = { ok: true, value: "done" };

/** Sends under a name, answered by each of these in turn; gives the keys it was sent with. */
async function sendAll(name: string, answers: Answer<string>[]): Promise<string[]> {
  const keys: string[] = [];
  for (const answer of answers) {
    await sendOnce(name, async (key) => {
      keys.push(key);
      return answer;
    });
  }
  return keys;
}

it("is sent once while it is under way", async () => {
  let sent = 0;
  const send = async () => {
    sent += 1;
    return done;
  };
  const answers = await Promise.all([1, 2, 3, 4, 5].map(() => sendOnce("pressed five times", send)));
  expect([sent, answers]).toEqual([1, [done, done, done, done, done]]);
});

it("keeps its key while nobody knows what became of it, and says so", async () => {
  const keys = await sendAll("lost", [refused(0), refused(502), refused(409)]);
  expect(isInDoubt("lost")).toBe(true);
  keys.push(...(await sendAll("lost", [done])));
  expect(new Set(keys).size).toBe(1);
  expect(isInDoubt("lost")).toBe(false);
});

it("takes a new key after a result, after a refusal, and for something else", async () => {
  const keys = await sendAll("a", [done, refused(409), refused(404), done]);
  keys.push(...(await sendAll("b", [refused(0)])));
  expect(new Set(keys).size).toBe(5);
  expect([isInDoubt("a"), isInDoubt("b"), isInDoubt("c")]).toEqual([false, true, false]);
});
