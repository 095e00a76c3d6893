import { expect, it } from "vitest";
import { Ahead } from "./ahead";

const HOURS = 3_600_000;

it("is nothing until the other clock was heard of", () => {
  expect(new Ahead().ms).toBe(0);
});

it("goes by the answer that was the least while under way", () => {
  const ahead = new Ahead();
  for (const late of [900, 20, 400]) ahead.learn(10_000, 10_000 + 2 * HOURS + late);
  expect(ahead.ms).toBe(-2 * HOURS - 20);
});

it("believes a clock that was set anew after a few answers", () => {
  const ahead = new Ahead();
  ahead.learn(10_000, 10_000);
  for (let i = 0; i < 5; i += 1) ahead.learn(10_000, 10_000 + HOURS);
  expect(ahead.ms).toBe(-HOURS);
});
