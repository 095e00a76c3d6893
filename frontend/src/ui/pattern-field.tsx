import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { offersFor, readPatterns, withPatterns } from "../core/event-patterns";
import { texts } from "../core/language";
import { aboutEvent } from "../event-types";
import { Icon, type IconName } from "./icon";

interface Props {
  id: string;
  /** Said to a screen reader where no label stands beside it. */
  label?: string;
  icon?: IconName;
  placeholder?: string;
  chosen: readonly string[];
  /** Only shown: no chip can be taken away. */
  fixed?: boolean;
  /** What stands in the field and was not taken yet. */
  typed: string;
  /** All that can be chosen. */
  patterns: readonly string[];
  described?: string | undefined;
  /** Chips of another kind. */
  children?: ComponentChildren;
  invalid?: boolean;
  onChosen: (patterns: string[]) => void;
  onTyped: (text: string) => void;
  /** A text that is no event type was entered, or was left in the field. */
  onUnknown: (text: string, problem: string, entered: boolean) => void;
}

const NONE_MARKED = -1;
/** What is said under the field moves what is below it: not between pressing a button there and letting it go. */
const AFTER_CLICK_MS = 250;

const t = texts({
  en: { remove: (name: string) => `Remove ${name}`, suggestions: "Event types" },
  es: { remove: (name: string) => `Quitar ${name}`, suggestions: "Tipos de evento" },
});

/** Event types and families as chips, chosen from a list or typed. */
export function PatternField({ id, label, icon, placeholder, patterns, chosen, fixed = false, typed, children, described, invalid = false, onChosen, onTyped, onUnknown }: Props) {
  const [open, setOpen] = useState(false);
  const [marked, setMarked] = useState(NONE_MARKED);
  const input = useRef<HTMLInputElement>(null);
  const offered = open ? offersFor(typed, patterns, chosen) : [];

  useEffect(() => {
    if (marked !== NONE_MARKED) document.getElementById(`${id}-${marked}`)?.scrollIntoView({ block: "nearest" });
  }, [marked]);

  const show = (shown: boolean) => {
    setOpen(shown);
    setMarked(NONE_MARKED);
  };
  const take = (names: string[]) => {
    onTyped("");
    onChosen(withPatterns(chosen, names));
    show(false);
  };
  const enter = (text: string) => {
    const read = readPatterns(text, patterns);
    if (read.ok) take(read.patterns);
    else if (open && offered.length === 1) take(offered);
    else {
      show(false);
      onUnknown(text.trim(), read.problem, true);
    }
  };
  const type = (text: string) => {
    const read = /[\s,;]$/.test(text) ? readPatterns(text, patterns) : null;
    if (read?.ok) return take(read.patterns);
    onTyped(text);
    show(true);
  };
  const onBlur = () => {
    show(false);
    if (typed.trim() === "") return;
    const read = readPatterns(typed, patterns);
    if (read.ok) return take(read.patterns);
    setTimeout(() => input.current?.value === typed && onUnknown(typed.trim(), read.problem, false), AFTER_CLICK_MS);
  };
  const mark = (step: 1 | -1) => {
    setOpen(true);
    setMarked(Math.max(NONE_MARKED, Math.min(offered.length - 1, marked + step)));
  };
  const onKey = (key: string): boolean => {
    switch (key) {
      case "ArrowDown": mark(1); return true;
      case "ArrowUp": mark(-1); return true;
      case "Enter":
        if (marked !== NONE_MARKED) take([offered[marked]!]);
        else if (typed.trim() !== "") enter(typed);
        else return false;
        return true;
      case "Backspace":
        if (typed !== "" || chosen.length === 0) return false;
        onChosen(chosen.slice(0, -1));
        return true;
      case "Escape":
        if (!open) return false;
        show(false);
        return true;
      default: return false;
    }
  };
  // A handled key goes no further: Enter shall not submit the form, nor Esc close what the field is in.
  const onKeyDown = (event: KeyboardEvent) => {
    if (!onKey(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="inp multi" onPointerDown={(event) => focusInside(event, input.current!)}>
      {icon && <Icon name={icon} class="sub" />}
      {chosen.map((pattern) => (
        <span key={pattern} class="chip">
          <span class="cv">{pattern}</span>
          {!fixed && <button type="button" aria-label={t.remove(pattern)} title={t.remove(pattern)} onClick={() => onChosen(chosen.filter((each) => each !== pattern))}><Icon name="close" size={12} /></button>}
        </span>
      ))}
      {children}
      <input
        ref={input} id={id} type="text" value={typed} placeholder={chosen.length === 0 ? placeholder : undefined} autocomplete="off" spellcheck={false} autocapitalize="off"
        role="combobox" aria-label={label} aria-expanded={open && offered.length > 0} aria-controls={`${id}-offers`} aria-autocomplete="list" aria-invalid={invalid || undefined} aria-describedby={described}
        aria-activedescendant={marked === NONE_MARKED ? undefined : `${id}-${marked}`}
        onInput={(event) => type(event.currentTarget.value)} onKeyDown={onKeyDown} onFocus={() => show(true)} onClick={() => setOpen(true)} onBlur={onBlur}
      />
      <div class="offers" hidden={offered.length === 0} onPointerDown={(event) => event.preventDefault()}>
        <ul id={`${id}-offers`} role="listbox" aria-label={t.suggestions}>
          {offered.map((pattern, i) => (
            <li key={pattern} id={`${id}-${i}`} role="option" aria-selected={i === marked} onClick={() => take([pattern])}><span>{pattern}</span><small>{aboutEvent(pattern)}</small></li>
          ))}
        </ul>
      </div>
    </div>
  );
}

/** The whole box acts as the input. */
function focusInside(event: PointerEvent, input: HTMLInputElement): void {
  if (input.disabled || (event.target as Element).closest("button, input, .offers")) return;
  event.preventDefault();
  input.focus();
}
