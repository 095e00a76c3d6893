import { useEffect, useRef, useState } from "preact/hooks";
import { now } from "../../clock";
import { texts } from "../../core/language";
import { BROWSER, browserZone, findZones, offsetOf, zone } from "../../core/zone";
import { Icon } from "../../ui/icon";

const t = texts({
  en: { likeBrowser: (name: string) => `Like the browser: ${name}`, search: "City or region", none: "No such time zone", more: "More: type to narrow them down" },
  es: { likeBrowser: (name: string) => `Como el navegador: ${name}`, search: "Ciudad o región", none: "No existe esa zona horaria", more: "Hay más: escriba para acotar" },
});

const SHOWN = 50;

/** A field that shows the zone, and while it has the focus searches for another. */
export function ZoneField({ label }: { label: string }) {
  const [typed, setTyped] = useState<string | null>(null);
  const [marked, mark] = useState(0);
  const field = useRef<HTMLInputElement>(null);
  const open = typed !== null;
  const all = open ? offersFor(typed) : [];
  const offers = all.slice(0, SHOWN);

  useEffect(() => {
    if (open) document.getElementById(`zone-${marked}`)?.scrollIntoView({ block: "nearest" });
  }, [marked, open]);

  const search = (text: string) => {
    setTyped(text);
    mark(0);
  };
  const close = () => setTyped(null);
  const take = (name: string | undefined) => {
    if (name === undefined) return;
    zone.value = name;
    close();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const { key } = event;
    if (key === "ArrowDown" || key === "ArrowUp") {
      if (!open) search("");
      else mark(Math.max(0, Math.min(offers.length - 1, marked + (key === "ArrowDown" ? 1 : -1))));
    } else if (key === "Enter" && open) take(offers[marked]);
    else if (key === "Escape" && open) close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div class="zone-field">
      <input
        ref={field} type="text" role="combobox" aria-label={label} aria-expanded={open} aria-controls="zones" aria-autocomplete="list" autocomplete="off" spellcheck={false}
        aria-activedescendant={open && offers.length > 0 ? `zone-${marked}` : undefined} placeholder={t.search}
        value={typed ?? named(zone.value)} onFocus={() => search("")} onClick={() => open || search("")} onBlur={close} onInput={(event) => search(event.currentTarget.value)} onKeyDown={onKeyDown}
      />
      <Icon name="down" class="sub" />
      {open && (
        <div class="offers" onPointerDown={(event) => event.preventDefault()}>
          <ul id="zones" role="listbox" aria-label={label}>
            {offers.map((name, i) => (
              <li key={name} id={`zone-${i}`} role="option" aria-selected={i === marked} onClick={() => take(name)}>
                {named(name)}<span class="grow" /><small>{offsetOf(name === BROWSER ? browserZone() : name, now.peek())}</small>
              </li>
            ))}
          </ul>
          {offers.length === 0 && <p>{t.none}</p>}
          {all.length > SHOWN && <p>{t.more}</p>}
        </div>
      )}
    </div>
  );
}

function offersFor(typed: string): string[] {
  return typed.trim() === "" ? [BROWSER, ...findZones("")] : findZones(typed);
}

function named(name: string): string {
  return name === BROWSER ? t.likeBrowser(browserZone()) : name;
}
