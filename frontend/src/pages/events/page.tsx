import { useEffect, useState } from "preact/hooks";
import { mayAct } from "../../boot";
import { type EventSearch, isEmpty, searchIn } from "../../core/event-search";
import { texts } from "../../core/language";
import { loadEventTypes } from "../../event-types";
import { ask, query } from "../../navigation";
import { loadSubscriptions, subscriptions } from "../../subscriptions";
import { Icon } from "../../ui/icon";
import { Nothing } from "../../ui/nothing";
import { PageHead } from "../../ui/page-head";
import { PAGE_NAMES } from "../../ui/page-names";
import { ReadingNote } from "../../ui/reading-note";
import { Refusal } from "../../ui/refusal";
import { SessionBanner } from "../../ui/session-banner";
import { Skeleton } from "../../ui/skeleton";
import { TestDialog } from "../subscriptions/test-dialog";
import { EventPanel } from "./event-panel";
import { List } from "./list";
import { type EventList, useEvents } from "./load";
import { SearchBar } from "./search-bar";

const t = texts({
  en: {
    test: "Publish a test", noTarget: "There is no subscription to send it to", older: "Older", notOlder: (why: string) => `No older ones could be read: ${why}`, unread: "The events could not be read", again: "Try again",
    none: "No events yet", noneWhy: "What happens in the ERP is listed here, whether or not a subscription asks for it.",
    noMatch: "Nothing matches", noMatchWhy: "No event of this type, entity and time is in the history.", clear: "Clear search",
  },
  es: {
    test: "Publicar una prueba", noTarget: "No hay ninguna suscripción a la que enviarla", older: "Anteriores", notOlder: (why: string) => `No se pudieron leer los anteriores: ${why}`, unread: "No se pudieron leer los eventos", again: "Reintentar",
    none: "Aún no hay eventos", noneWhy: "Aquí se lista lo que ocurre en el ERP, lo pida o no una suscripción.",
    noMatch: "Nada coincide", noMatchWhy: "El historial no tiene ningún evento de ese tipo, entidad e intervalo.", clear: "Borrar la búsqueda",
  },
});

const NO_SEARCH = { type: "", entity: "", range: "" };

export function EventsPage() {
  const search = searchIn(query.value);
  const events = useEvents(search);
  const [testing, setTesting] = useState(false);
  const open = query.value["event"] ?? "";
  useEffect(() => void loadEventTypes(), []);
  useEffect(() => void loadSubscriptions(), []);
  const closeTest = () => {
    setTesting(false);
    events.reload();
  };
  return (
    <main id="main" class={`page events split${open ? " has-wide-side" : ""}`} tabIndex={-1}>
      <div class="split-head">
        <SessionBanner />
        <PageHead title={PAGE_NAMES.events}>{mayAct && <TestButton onClick={() => setTesting(true)} />}</PageHead>
        <SearchBar search={search} />
        {events.listed && <ReadingNote reading={events.fresh} />}
      </div>
      <div class="e-list"><Content events={events} search={search} open={open} /></div>
      {open && <EventPanel key={open} id={open} onClose={() => ask({ event: "" })} />}
      {testing && <TestDialog subscriptionId={null} onClose={closeTest} />}
    </main>
  );
}

function TestButton({ onClick }: { onClick: () => void }) {
  const none = subscriptions.value.size === 0;
  return <button type="button" class="btn" disabled={none} title={none ? t.noTarget : undefined} onClick={onClick}><Icon name="send" size={14} />{t.test}</button>;
}

function Content({ events, search, open }: { events: EventList; search: EventSearch; open: string }) {
  const { listed, fresh: { problem }, refused, busy, reload, older } = events;
  if (listed === null && problem === null) return <div class="panel tall"><Skeleton /></div>;
  if (listed === null) return <Nothing title={t.unread} why={problem!.detail || problem!.title}><button type="button" class="btn primary" onClick={reload}>{t.again}</button></Nothing>;
  if (listed.items.length > 0) {
    return (
      <>
        <List items={listed.items} search={search} open={open} />
        <Refusal problem={refused && { ...refused, detail: t.notOlder(refused.detail || refused.title) }} />
        {listed.next !== null && <button type="button" class="btn e-older" disabled={busy} onClick={older}><Icon name="down" size={14} />{t.older}</button>}
      </>
    );
  }
  if (isEmpty(search)) return <Nothing title={t.none} why={t.noneWhy} />;
  return <Nothing title={t.noMatch} why={t.noMatchWhy}><button type="button" class="btn primary" onClick={() => ask(NO_SEARCH)}>{t.clear}</button></Nothing>;
}
