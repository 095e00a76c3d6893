import { describe, expect, it } from "vitest";
import { scrollToShow, windowOf } from "./window";

const VIEW = 280;
const ROW = 28;

describe("windowOf", () => {
  it("starts at the top with the rows in sight and two to spare", () => {
    expect(windowOf(0, VIEW, ROW, 50_000)).toEqual({ first: 0, count: 12 });
  });

  it("follows the scroll, row by row", () => {
    expect(windowOf(28 * 100 + 27, VIEW, ROW, 50_000).first).toBe(100);
  });

  it("ends with the last row, however far the scroll overshoots", () => {
    const { first, count } = windowOf(1e9, VIEW, ROW, 50_000);
    expect(first + count).toBe(50_000);
    expect(count).toBe(12);
  });

  it("shows all of a short list, and nothing of none", () => {
    expect(windowOf(500, VIEW, ROW, 3)).toEqual({ first: 0, count: 3 });
    expect(windowOf(0, VIEW, ROW, 0)).toEqual({ first: 0, count: 0 });
  });
});

describe("scrollToShow", () => {
  it("leaves a row in sight where it is", () => {
    expect(scrollToShow(5, 28, VIEW, ROW)).toBe(28);
  });

  it("moves by no more than it takes", () => {
    expect(scrollToShow(0, 28, VIEW, ROW)).toBe(0);
    expect(scrollToShow(10, 0, VIEW, ROW)).toBe(28);
  });
});
