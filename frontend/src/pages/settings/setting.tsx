import type { ComponentChildren } from "preact";

/** One line of the settings: what it is, a word about it, and its control at the other end. */
export function Setting({ label, hint, children }: { label: string; hint?: string; children: ComponentChildren }) {
  return (
    <div class="set-row">
      <div class="set-what"><span>{label}</span>{hint !== undefined && <small>{hint}</small>}</div>
      {children}
    </div>
  );
}

interface SwitchProps {
  label: string;
  hint: string;
  on: boolean;
  turn: (on: boolean) => void;
  /** Why it did not go on, or does nothing. */
  trouble?: string;
}

export function Switch({ label, hint, on, turn, trouble = "" }: SwitchProps) {
  return (
    <label class="set-row set-switch">
      <span class="set-what">
        <span>{label}</span><small>{hint}</small>
        <small class="set-trouble" role="status">{trouble}</small>
      </span>
      <input type="checkbox" role="switch" checked={on} onChange={(event) => turn(event.currentTarget.checked)} />
    </label>
  );
}
