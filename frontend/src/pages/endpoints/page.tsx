import { LAST_WORDS } from "../../core/range";
import { useEffect } from "preact/hooks";
import { now } from "../../clock";
import { type EndpointsAnswer, endpointOf, isEndpointState, matches } from "../../core/endpoints";
import { texts } from "../../core/language";
import { ask, query } from "../../navigation";
import { type Reading, useReading } from "../../reading";
import { api } from "../../session";
import { loadSubscriptions, subscriptions, subscriptionsKnown } from "../../subscriptions";
import { Icon } from "../../ui/icon";
import { PageHead } from "../../ui/page-head";
import { PAGE_NAMES } from "../../ui/page-names";
import { ReadingNote, useLate } from "../../ui/reading-note";
import { SessionBanner } from "../../ui/session-banner";
import { OpenCircuits } from "./open-circuits";
import { Table } from "./table";
import { Tiles } from "./tiles";
import { RANGES, type Range } from "./words";

const words = texts({
  en: {
    worstFirst: "Worst first", search: "Host or subscription", range: "Time range",
    none: "No endpoints yet", noneMore: "Every subscription is listed here with how its endpoint answers.",
    noMatch: "No endpoint matches", all: "Show all endpoints",
  },
  es: {
    worstFirst: "Primero los peores", search: "Host o suscripción", range: "Periodo",
    none: "Aún no hay destinos", noneMore: "Aquí figura cada suscripción y cómo responde su destino.",
    noMatch: "Ningún destino coincide", all: "Mostrar todos",
  },
});

const DEFAULT_RANGE: Range = "1h";
const SUBSCRIPTIONS_EVERY_MS = 15_000;

export function EndpointsPage() {
  const range = RANGES.find((each) => each === query.value["range"]) ?? DEFAULT_RANGE;
  const reading = useReading<EndpointsAnswer>(range, () => api.page("endpoints", { range }), range === "15m" ? 2_000 : 5_000);
  useFreshSubscriptions();
  return (
    <main id="main" class="page endpoints" tabIndex={-1}>
      <SessionBanner />
      <PageHead title={PAGE_NAMES.endpoints} beside={words.worstFirst}>
        <label class="search ep-search">
          <Icon name="search" class="sub" />
          <input type="search" value={query.value["q"] ?? ""} placeholder={words.search} aria-label={words.search} autocomplete="off" spellcheck={false} onInput={(event) => ask({ q: event.currentTarget.value }, { replace: true })} />
        </label>
        <div class="seg" role="group" aria-label={words.range}>
          {RANGES.map((each) => <button key={each} type="button" aria-pressed={each === range} onClick={() => ask({ range: each === DEFAULT_RANGE ? "" : each })}>{LAST_WORDS[each]}</button>)}
        </div>
      </PageHead>
      <ReadingNote reading={reading} />
      {reading.value ? <Read reading={reading} answer={reading.value} /> : reading.problem === null && <Skeleton />}
    </main>
  );
}

function Read({ reading, answer }: { reading: Reading<EndpointsAnswer>; answer: EndpointsAnswer }) {
  const all = answer.items.map((each) => endpointOf(each, subscriptions.value.get(each.subscription_id)));
  // By the clock of this very answer.
  const ahead = Date.parse(answer.now) - reading.at;
  const { q = "", state } = query.value;
  const shown = all.filter((each) => matches(each, q.trim()) && (!isEndpointState(state) || each.state === state));
  return (
    <>
      <OpenCircuits endpoints={all} />
      <Tiles endpoints={all} range={reading.key as Range} />
      {shown.length > 0 ? <Table endpoints={shown} range={reading.key as Range} now={now.value + ahead} /> : <Nothing none={all.length === 0} />}
    </>
  );
}

function Nothing({ none }: { none: boolean }) {
  return (
    <section class="panel nothing">
      <h2>{none ? words.none : words.noMatch}</h2>
      {none ? <p>{words.noneMore}</p> : <button type="button" class="btn" onClick={() => ask({ q: "", state: "" })}>{words.all}</button>}
    </section>
  );
}

function Skeleton() {
  const late = useLate();
  return (
    <section class="panel ep-sk" aria-busy="true">
      {late && [180, 220, 160, 200, 190, 170].map((width) => <div key={width} class="sk">{[width, 90, 60, 60, width].map((px, i) => <i key={i} style={{ width: `${px}px` }} />)}</div>)}
    </section>
  );
}

/** Whether a subscription is active changes without anybody doing it: after a 410, or days of failures. */
function useFreshSubscriptions(): void {
  useEffect(() => {
    if (subscriptionsKnown.peek()) void loadSubscriptions();
    const timer = setInterval(() => document.hidden || void loadSubscriptions(), SUBSCRIPTIONS_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
}

