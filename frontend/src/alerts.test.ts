import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { askPermission, circuitOpened, permission } from "./alerts";
import { notifications, sound } from "./preferences";

const shown: string[] = [];
const started: number[] = [];

class FakeNotification {
  static permission = "granted";
  static requestPermission = async () => FakeNotification.permission;
  constructor(title: string) {
    shown.push(title);
  }
}

class FakeAudio {
  currentTime = 0;
  resume = async () => {};
  createOscillator = () => ({ frequency: { value: 0 }, connect: (next: object) => next, start: (at: number) => started.push(at), stop: () => {} });
  createGain = () => ({ gain: { setValueAtTime: () => {}, exponentialRampToValueAtTime: () => {} }, connect: () => {} });
}

beforeEach(() => {
  vi.stubGlobal("isSecureContext", true);
  vi.stubGlobal("Notification", FakeNotification);
  vi.stubGlobal("AudioContext", FakeAudio);
  FakeNotification.permission = "granted";
  shown.length = started.length = 0;
});

afterEach(() => {
  notifications.value = sound.value = "off";
  vi.unstubAllGlobals();
});

it("is silent unless somebody asked for more", () => {
  circuitOpened("hooks.acme.example");
  expect([shown, started]).toEqual([[], []]);
});

it("notifies of every circuit that opens", () => {
  notifications.value = "on";
  circuitOpened("hooks.acme.example");
  circuitOpened("tax.fiscalia.example");
  expect(shown).toEqual(["Circuit open: hooks.acme.example", "Circuit open: tax.fiscalia.example"]);
});

it("notifies of nothing while the browser refuses", () => {
  notifications.value = "on";
  FakeNotification.permission = "denied";
  circuitOpened("hooks.acme.example");
  expect(shown).toEqual([]);
});

it("sounds once for circuits that open together", () => {
  sound.value = "on";
  circuitOpened("hooks.acme.example");
  circuitOpened("tax.fiscalia.example");
  expect(started).toHaveLength(2);
});

it("says where there are no notifications", async () => {
  vi.stubGlobal("isSecureContext", false);
  expect([permission(), await askPermission()]).toEqual(["missing", "missing"]);
});
