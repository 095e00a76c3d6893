import tokens from "../styles/tokens.css?raw";
import { describe, expect, it } from "vitest";
import { STATUS_TONES, byTone, statusTone } from "./status-tones";

describe("a status has its tone", () => {
  it.each([
    ["200", "2xx"], ["204", "2xx"], ["503", "5xx"], ["502", "5xx"], ["http_5xx", "5xx"], ["500", "500"], ["404", "4xx"], ["http_4xx", "4xx"], ["429", "429"], ["http_429", "429"],
    ["timeout", "timeout"], ["none", "timeout"], ["dns", "lost"], ["connection", "lost"], ["301", "other"], ["http_3xx", "other"], ["other", "other"], ["5", "other"],
  ])("%s: %s", (key, tone) => {
    expect(statusTone(key)).toBe(tone);
  });

  it("and its place in a stack", () => {
    expect(["other", "timeout", "503", "429", "500", "404", "502"].sort(byTone)).toEqual(["502", "503", "500", "404", "429", "timeout", "other"]);
  });
});

type Rgb = readonly number[];

/** Machado, Oliveira and Fernandes 2009, severity 1; linear RGB. */
const VISIONS: Record<string, readonly Rgb[]> = {
  normal: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};
const LEAST_CONTRAST = 3;
/** In OKLab, in hundredths: from two on a difference is seen side by side, at ten at a glance. */
const LEAST_DISTANCE = 10;

function linear(hex: string): Rgb {
  return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
}

function times(matrix: readonly Rgb[], vector: Rgb): Rgb {
  return matrix.map((row) => row.reduce((sum, each, i) => sum + each * vector[i]!, 0));
}

/** Ottosson's OKLab, as the vision sees it. */
function seen(hex: string, vision: readonly Rgb[]): Rgb {
  const rgb = times(vision, linear(hex)).map((c) => Math.min(1, Math.max(0, c)));
  const lms = times([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]], rgb).map(Math.cbrt);
  return times([[0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099], [0.0259040371, 0.7827717662, -0.808675766]], lms);
}

function contrast(one: string, other: string): number {
  const [low, high] = [one, other].map((hex) => times([[0.2126, 0.7152, 0.0722]], linear(hex))[0]!).sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

function token(name: string, theme: "light" | "dark"): string {
  const [, light, dark] = new RegExp(`--${name}: light-dark\\((#\\w{6}), (#\\w{6})\\)`).exec(tokens)!;
  return (theme === "light" ? light : dark)!;
}

describe.each(["light", "dark"] as const)("in the %s theme", (theme) => {
  const colours = STATUS_TONES.map((tone) => token(`status-${tone}`, theme));

  it("each tone stands out from the panel", () => {
    for (const colour of colours) expect(contrast(colour, token("surface", theme))).toBeGreaterThanOrEqual(LEAST_CONTRAST);
  });

  it.each(Object.keys(VISIONS))("the two darkest are no shades of one with %s", (vision) => {
    const [one, other] = ["429", "other"].map((tone) => seen(token(`status-${tone}`, theme), VISIONS[vision]!)) as [Rgb, Rgb];
    expect(100 * Math.hypot(...one.map((c, n) => c - other[n]!))).toBeGreaterThanOrEqual(1.5 * LEAST_DISTANCE);
  });

  it.each(Object.keys(VISIONS))("any two are told apart with %s", (vision) => {
    const labs = colours.map((colour) => seen(colour, VISIONS[vision]!));
    const distances = labs.flatMap((one, i) => labs.slice(i + 1).map((other) => 100 * Math.hypot(...one.map((c, n) => c - other[n]!))));
    expect(Math.min(...distances)).toBeGreaterThanOrEqual(LEAST_DISTANCE);
  });
});
