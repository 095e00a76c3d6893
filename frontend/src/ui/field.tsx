import type { ComponentChildren } from "preact";
import { Icon } from "./icon";

interface FieldProps {
  id: string;
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
}

/** A label, what stands quietly beside it, the control, and what is wrong with its value. */
export function Field({ id, label, hint, error, children }: FieldProps & { children: ComponentChildren }) {
  return (
    <div class="fld">
      <div class="fld-l"><label for={id}>{label}</label>{hint && <span id={`${id}-hint`}>{hint}</span>}</div>
      {children}
      <FieldError id={id} error={error} />
    </div>
  );
}

export function FieldError({ id, error }: Pick<FieldProps, "id" | "error">) {
  return error ? <p class="fld-e" id={`${id}-error`}><Icon name="warn" size={13} />{error}</p> : null;
}

/** The ids of what describes a field, for `aria-describedby`. */
export function describedBy({ id, hint, error }: Pick<FieldProps, "id" | "hint" | "error">): string | undefined {
  return [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(" ") || undefined;
}

interface TextFieldProps extends FieldProps {
  value: string;
  onValue: (value: string) => void;
  placeholder?: string;
  inputMode?: "url" | "decimal" | "numeric";
  maxLength?: number;
  /** Has the focus when its panel opens. */
  first?: boolean;
  mono?: boolean;
}

export function TextField({ id, label, hint, error, value, onValue, placeholder, inputMode, maxLength, first = false, mono = false }: TextFieldProps) {
  return (
    <Field id={id} label={label} hint={hint} error={error}>
      <input
        id={id} class={`inp${mono ? " mono" : ""}`} type="text" value={value} spellcheck={false} autocomplete="off" autocapitalize="off"
        placeholder={placeholder} inputMode={inputMode} maxLength={maxLength} data-first={first || undefined}
        aria-invalid={error ? true : undefined} aria-describedby={describedBy({ id, hint, error })} onInput={(event) => onValue(event.currentTarget.value)}
      />
    </Field>
  );
}

interface Choice<T extends string> {
  value: T;
  label: string;
  hint: string;
}

interface ChoicesProps<T extends string> {
  name: string;
  label: string;
  value: T;
  choices: Choice<T>[];
  onValue: (value: T) => void;
}

/** One of a few, each with a line that explains it. */
export function Choices<T extends string>({ name, label, value, choices, onValue }: ChoicesProps<T>) {
  return (
    <fieldset class="fld opts">
      <legend>{label}</legend>
      {choices.map((choice) => (
        <label key={choice.value} class={`opt${choice.value === value ? " on" : ""}`}>
          <input type="radio" name={name} checked={choice.value === value} onChange={() => onValue(choice.value)} />
          <b>{choice.label}</b><small>{choice.hint}</small>
        </label>
      ))}
    </fieldset>
  );
}
