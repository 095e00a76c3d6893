import { expect, it } from "vitest";
import { Question } from "./question";

/** A page that is somewhere, asks about where it is, and is answered late. */
function asking() {
  const question = new Question();
  const page = { at: "A", reads: 0, told: [] as string[] };
  const late: (() => void)[] = [];
  const ask = () => {
    const about = page.at;
    const read = () => {
      page.reads += 1;
      return new Promise<string>((resolve) => late.push(() => resolve(about)));
    };
    return question.ask(() => page.at, read).then((answer) => answer !== null && page.told.push(answer));
  };
  /** Answers the n-th reading. */
  const answer = async (n: number) => {
    late[n]!();
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { page, ask, answer };
}

it("is asked once, however often in the same place", async () => {
  const { page, ask, answer } = asking();
  for (let i = 0; i < 27; i += 1) void ask();
  await answer(0);
  expect([page.reads, page.told]).toEqual([1, ["A"]]);
  void ask();
  await answer(1);
  expect(page.told).toEqual(["A", "A"]);
});

it("is not answered where the person has moved on", async () => {
  const { page, ask, answer } = asking();
  void ask();
  page.at = "B";
  await answer(0);
  expect(page.told).toEqual([]);
});

it("is answered for what was asked last, in whatever order the answers come", async () => {
  const { page, ask, answer } = asking();
  void ask();
  page.at = "B";
  void ask();
  await answer(1);
  await answer(0);
  expect(page.told).toEqual(["B"]);
  page.at = "A";
  void ask();
  page.at = "B";
  void ask();
  page.at = "A";
  void ask();
  for (const n of [2, 3, 4]) await answer(n);
  expect(page.told).toEqual(["B", "A"]);
});
