/** Single-key shortcuts. They can be turned off, and they leave alone whatever is typed or pressed elsewhere. */
import { mayAct } from "./boot";
import { Question } from "./core/question";
import { rowAt } from "./list";
import { follow, pause, pauseFor, selected } from "./live";
import { closeDelivery, opened, route } from "./navigation";
import { goLive, range } from "./past";
import { step } from "./pages/delivery/drawer";
import { askReplay } from "./pages/delivery/replay";
import { focusFilter } from "./pages/live/filter-bar";
import { offersRow } from "./pages/live/filter-input";
import { openRow } from "./pages/live/grid";
import { shortcuts } from "./preferences";
import { api } from "./session";
import { copyId } from "./ui/copied";
import { dialogTurns } from "./ui/dialog";
import { helpOpen } from "./ui/help";

/** On the live page. */
const LIVE_COMMANDS: Record<string, () => void> = {
  j: () => step(1),
  k: () => step(-1),
  " ": () => (range.value ? goLive() : pause.value ? follow() : pauseFor("you")),
  G: () => (range.value ? goLive() : follow()),
  "/": focusFilter,
  f: offerRow,
};

/** On every page; `r` and `y` mean the open delivery where no row is selected. */
const COMMANDS: Record<string, () => void> = {
  "/": focusSearch,
  r: () => void replaySelected(),
  y: () => void copySelected(),
  "?": () => (helpOpen.value = true),
};

/** These act in the grid with the shortcuts off, too: they are what a grid does. */
const GRID_COMMANDS: Record<string, () => void> = {
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
  Enter: () => selected.value !== null && openRow(selected.value),
};

const MOVES: ReadonlySet<string> = new Set(["j", "k", "ArrowDown", "ArrowUp"]);

export function listenForKeys(): void {
  document.addEventListener("keydown", (event) => {
    const target = event.target as Element;
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog:modal")) return;
    if (event.key === "Escape") return stepBack();
    if (target.closest("input, textarea, select")) return;
    const command = commandFor(event.key, target);
    if (!command) return;
    event.preventDefault();
    // A key that is held down moves on; it does not ask, pause or copy thirty times a second.
    if (!event.repeat || MOVES.has(event.key)) command();
  });
}

function commandFor(key: string, target: Element): (() => void) | undefined {
  const pressable = target.closest("button, a") !== null;
  if (pressable && (key === " " || key === "Enter")) return undefined;
  const live = route.value.page === "live";
  const inGrid = target.closest("[role=grid]") !== null;
  const single = shortcuts.value === "on" ? ((live && LIVE_COMMANDS[key]) || COMMANDS[key]) : undefined;
  return single ?? (live && (inGrid || key === "Enter") ? GRID_COMMANDS[key] : undefined);
}

/** Esc undoes the last thing: the drawer, then the selection and its pause. */
function stepBack(): void {
  if (opened.value) closeDelivery();
  else if (route.value.page === "live" && (pause.value || selected.value !== null)) follow();
}

function focusSearch(): void {
  document.querySelector<HTMLElement>("main :is([type=search], [role=combobox])")?.focus();
}

function offerRow(): void {
  offersRow.value = selected.value !== null;
  focusFilter();
}

const replayQuestion = new Question();

function chosenId(): string | null {
  return opened.value?.id ?? (route.value.page !== "live" || selected.value === null ? null : (rowAt(selected.value)?.deliveryId ?? null));
}

/** Whoever moves on, or opens or closes something, no longer asks. */
function whereItIsAsked(): string {
  return JSON.stringify([chosenId(), location.href, selected.peek(), dialogTurns()]);
}

async function replaySelected(): Promise<void> {
  const id = mayAct ? chosenId() : null;
  if (id === null) return;
  const answer = await replayQuestion.ask(whereItIsAsked, () => api.delivery(id));
  if (answer?.ok) askReplay(answer.value);
}

async function copySelected(): Promise<void> {
  const id = chosenId();
  if (id !== null) await copyId(id);
}
