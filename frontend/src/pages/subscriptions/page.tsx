import { useEffect } from "preact/hooks";
import { boot, mayAct } from "../../boot";
import { count, plural } from "../../core/format";
import { texts } from "../../core/language";
import { matches } from "../../core/subscription";
import { loadEventTypes } from "../../event-types";
import { ask, query } from "../../navigation";
import { subscriptions, subscriptionsKnown, subscriptionsFresh } from "../../subscriptions";
import { Icon } from "../../ui/icon";
import { Nothing } from "../../ui/nothing";
import { PageHead } from "../../ui/page-head";
import { PAGE_NAMES } from "../../ui/page-names";
import { ReadingNote } from "../../ui/reading-note";
import { SessionBanner } from "../../ui/session-banner";
import { Skeleton } from "../../ui/skeleton";
import { CreatedPanel, created } from "./created";
import { CreatePanel } from "./creating";
import { Dialogs } from "./dialogs";
import { EditPanel } from "./editing";
import { figuresFresh } from "./figures";
import { reloadAll, useFollowing } from "./following";
import { List } from "./list";

const t = texts({
  en: {
    used: (n: string, limit: string) => `${n} of ${limit}`, found: (n: number) => `${count(n)} found`, search: "Name, URL or event", searchLabel: "Search subscriptions", create: "New subscription", full: "As many as a tenant may have. Delete one first.",
    none: "No subscriptions yet", noneWhy: (tenant: string) => `A subscription sends events of ${tenant} to a URL, signed, and tries again when the receiver fails.`,
    noMatch: (search: string) => `Nothing matches “${search}”`, noMatchWhy: "Names, URLs and events are searched.", clear: "Clear search", unread: "The subscriptions could not be read", again: "Try again",
  },
  es: {
    used: (n: string, limit: string) => `${n} de ${limit}`, found: (n: number) => plural(n, "encontrada"), search: "Nombre, URL o evento", searchLabel: "Buscar suscripciones", create: "Suscripción nueva", full: "Ya hay tantas como puede tener una organización. Elimine antes una.",
    none: "Aún no hay suscripciones", noneWhy: (tenant: string) => `Una suscripción envía eventos de ${tenant} a una URL, firmados, y lo reintenta si el receptor falla.`,
    noMatch: (search: string) => `Nada coincide con «${search}»`, noMatchWhy: "Se busca en nombres, URL y eventos.", clear: "Borrar la búsqueda", unread: "No se pudieron leer las suscripciones", again: "Reintentar",
  },
});

const create = () => ask({ new: "1", edit: "" });
const closePanel = () => ask({ new: "", edit: "" });

export function SubscriptionsPage() {
  useFollowing(reloadAll);
  useEffect(() => void loadEventTypes(), []);
  const panel = openPanel();
  return (
    <main id="main" class={`page subscriptions split${panel ? " has-side" : ""}`} tabIndex={-1}>
      <div class="split-head"><SessionBanner /><Head /><Stale /></div>
      <Content />
      {panel}
      <Dialogs />
    </main>
  );
}

function openPanel() {
  if (created.value) return <CreatedPanel key="created" {...created.value} />;
  const { edit, new: fresh } = query.value;
  if (edit) return <EditPanel key={edit} id={edit} onClose={closePanel} />;
  return fresh && mayAct ? <CreatePanel key="new" onClose={closePanel} /> : null;
}

function Head() {
  const n = subscriptions.value.size;
  const limit = boot.limits.subscriptions;
  const search = query.value["q"] ?? "";
  const full = n >= limit;
  const beside = [search && t.found(found().length), t.used(count(n), count(limit))].filter(Boolean).join(", ");
  return (
    <PageHead title={PAGE_NAMES.subscriptions} beside={subscriptionsKnown.value ? beside : ""}>
      <label class="search short">
        <Icon name="search" class="sub" />
        <input type="search" aria-label={t.searchLabel} placeholder={t.search} value={search} spellcheck={false} onInput={(event) => ask({ q: event.currentTarget.value }, { replace: true })} />
      </label>
      {mayAct && <button type="button" class="btn primary" disabled={full} title={full ? t.full : undefined} onClick={create}><Icon name="plus" size={14} />{t.create}</button>}
    </PageHead>
  );
}

/** Without the list its place says why. */
function Stale() {
  const list = subscriptionsFresh.value;
  if (!subscriptionsKnown.value) return null;
  return <ReadingNote reading={list.problem === null ? figuresFresh.value : list} />;
}

function found() {
  const search = (query.value["q"] ?? "").trim();
  const all = [...subscriptions.value.values()];
  return search === "" ? all : all.filter((each) => matches(each, search));
}

function Content() {
  const { problem } = subscriptionsFresh.value;
  if (!subscriptionsKnown.value && problem === null) return <div class="panel tall"><Skeleton /></div>;
  if (!subscriptionsKnown.value && problem !== null) {
    return <Nothing title={t.unread} why={problem.detail || problem.title}><button type="button" class="btn primary" onClick={reloadAll}>{t.again}</button></Nothing>;
  }
  if (subscriptions.value.size === 0) {
    return <Nothing title={t.none} why={t.noneWhy(boot.tenant.name)}>{mayAct && <button type="button" class="btn primary" onClick={create}><Icon name="plus" size={14} />{t.create}</button>}</Nothing>;
  }
  const items = found();
  if (items.length > 0) return <List items={items} />;
  return <Nothing title={t.noMatch(query.value["q"] ?? "")} why={t.noMatchWhy}><button type="button" class="btn primary" onClick={() => ask({ q: "" })}>{t.clear}</button></Nothing>;
}
