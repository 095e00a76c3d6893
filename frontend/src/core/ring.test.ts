import { describe, expect, it } from "vitest";
import { Ring } from "./ring";

function filled(capacity: number, n: number): Ring<string> {
  const ring = new Ring<string>(capacity);
  for (let i = 0; i < n; i += 1) ring.push(`e${i}`);
  return ring;
}

describe("Ring", () => {
  it("keeps what fits under the number it was given", () => {
    const ring = filled(4, 3);
    expect([ring.start, ring.end]).toEqual([0, 3]);
    expect([ring.at(0), ring.at(2), ring.at(3)]).toEqual(["e0", "e2", undefined]);
  });

  it("forgets the oldest and keeps the numbers of the rest", () => {
    const ring = filled(4, 10);
    expect([ring.start, ring.end]).toEqual([6, 10]);
    expect([ring.at(5), ring.at(6), ring.at(9)]).toEqual([undefined, "e6", "e9"]);
  });

  it("lets a snapshot stand while entries arrive", () => {
    const ring = filled(4, 3);
    const snapshot = ring.end;
    ring.push("e3");
    expect(ring.at(snapshot - 1)).toBe("e2");
  });

  it("never gives a number twice, not after clearing", () => {
    const ring = filled(4, 6);
    ring.clear();
    expect([ring.start, ring.end, ring.at(5)]).toEqual([6, 6, undefined]);
    ring.push("new");
    expect([ring.at(5), ring.at(6)]).toEqual([undefined, "new"]);
  });
});
