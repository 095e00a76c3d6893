import { useState } from "preact/hooks";
import { serverNow } from "../../clock";
import { texts } from "../../core/language";
import { LAST_WORDS, type Range, endsOf } from "../../core/range";
import { goLive, range, showRange } from "../../past";
import { Dialog } from "../../ui/dialog";
import { Icon } from "../../ui/icon";
import { Menu } from "../../ui/menu";
import { PAGE_NAMES } from "../../ui/page-names";
import { RangeForm } from "../../ui/range-form";

const t = texts({
  en: { range: "Time range", custom: "Custom", title: "Show a range of the history", keep: "Keep as is" },
  es: { range: "Periodo", custom: "Otro", title: "Mostrar un periodo del historial", keep: "Dejar como está" },
});

const OFFERED = ["15m", "1h"] as const;

type Choice = { name: string; pressed: boolean; choose: () => void };

/** Live, or which span of the history: buttons side by side, a menu where there is no room for them. */
export function TimeRange() {
  const [asking, ask] = useState(false);
  const shown = range.value;
  const last = shown && "last" in shown ? shown.last : null;
  const choices: Choice[] = [
    { name: PAGE_NAMES.live, pressed: shown === null, choose: goLive },
    ...OFFERED.map((each) => ({ name: LAST_WORDS[each], pressed: last === each, choose: () => showRange({ last: each }) })),
    { name: t.custom, pressed: shown !== null && !OFFERED.some((each) => each === last), choose: () => ask(true) },
  ];
  const show = (next: Range) => {
    ask(false);
    showRange(next);
  };
  return (
    <>
      <div class="seg ranges" role="group" aria-label={t.range}>
        {choices.map(({ name, pressed, choose }) => <button key={name} type="button" aria-pressed={pressed} onClick={choose}>{name}</button>)}
      </div>
      <div class="range-menu">
        <Menu label={t.range} class="btn" named trigger={<><span class="range-name">{choices.find(({ pressed }) => pressed)!.name}</span><Icon name="down" size={14} /></>}>
          {choices.map(({ name, pressed, choose }) => (
            <button key={name} type="button" role="menuitemradio" aria-checked={pressed} onClick={choose}><Icon name="check" size={14} />{name}</button>
          ))}
        </Menu>
      </div>
      {asking && (
        <Dialog title={t.title} onClose={() => ask(false)}>
          <RangeForm begin={endsOf(shown ?? { last: "1h" }, serverNow())} show={show} />
          <div class="dlg-act"><button type="button" class="btn" onClick={() => ask(false)}>{t.keep}</button></div>
        </Dialog>
      )}
    </>
  );
}
