import { useMemo, useRef } from "preact/hooks";
import { NO_ANSWER, REST, type Series, codeShares, failuresByStatus, largest, perMinute, placesOf, sum } from "../../core/chart-panels";
import { wordsOf } from "../../core/chart-time";
import type { Counts, History } from "../../core/history";
import type { Tone } from "../../ui/chart";
import { Frame, Panel, stepsOf } from "./panel";
import { FIRST_PLACES, STACK_TONES, backlogPicture, failuresPicture, latencyPicture, retriesPicture, successPicture } from "./pictures";
import { type Focus, focusOf } from "./state";
import { perMinuteWords, shareWords, t } from "./words";

export function Panels({ history }: { history: History }) {
  const failures = useSeries(useMemo(() => failuresByStatus(history), [history]));
  const retries = useSeries(history.retries);
  return (
    <div class="mgrid">
      <Panel history={history} picture={useMemo(() => successPicture(history), [history])} />
      <Panel history={history} picture={useMemo(() => failuresPicture(history, failures), [history, failures])} />
      <Panel history={history} picture={useMemo(() => latencyPicture(history), [history])} />
      <Panel history={history} picture={useMemo(() => retriesPicture(history, retries), [history, retries])} />
      <Codes history={history} failures={failures} />
      <Backlog history={history} />
    </div>
  );
}

/** The largest series, in the colours they had in the picture before. */
function useSeries(counts: Counts): Series[] {
  const places = useRef(FIRST_PLACES);
  return useMemo(() => {
    const series = largest(counts, places.current);
    places.current = placesOf(series);
    return series;
  }, [counts]);
}

function Backlog({ history }: { history: History }) {
  const picture = useMemo(() => (history.backlog ? backlogPicture(history.backlog, history) : null), [history]);
  if (picture) return <Panel history={history} picture={picture} />;
  return <section class="panel mp"><div class="mp-h"><h2>{t.backlog.title}</h2></div><p class="mp-none">{t.backlog.perEndpoint}</p></section>;
}

/** Bars of each code's share, at the cursor or over the range. */
function Codes({ history, failures }: { history: History; failures: readonly Series[] }) {
  const codes = useMemo(() => codeShares(history, { from: 0, to: history.at.length }).map(({ code }) => code), [history]);
  return (
    <Frame
      history={history} title={t.codes.title} unit={(focus) => whenWords(history, focus)} figure={({ span }) => `2xx ${shareWords(codes.filter(isGood).reduce((total, code) => total + sum(history.codes[code]!, span), 0), sum(history.attempts, span))}`}
      columns={codes.map((code) => ({ key: code, label: codeWords(code), cell: (i) => String(history.codes[code]![i]) }))}
    >
      <Shares history={history} failures={failures} />
    </Frame>
  );
}

function Shares({ history, failures }: { history: History; failures: readonly Series[] }) {
  const { span } = focusOf(history);
  const shares = codeShares(history, span);
  const most = shares[0]?.share ?? 100;
  const all = shares.reduce((total, { n }) => total + n, 0);
  return (
    <table class="codes">
      <thead><tr><th scope="col">{t.codes.code}</th><td class="codes-bar" /><th scope="col" class="num">{t.codes.share}</th><th scope="col" class="num">{t.codes.perMinute}</th></tr></thead>
      <tbody>
        {shares.map(({ code, n, share }) => (
          <tr key={code}>
            <th scope="row">{codeWords(code)}</th>
            <td class="codes-bar"><span class={`s${toneOf(code, failures)}`} style={{ width: `${Math.max(0.5, (100 * share) / most)}%` }} /></td>
            <td class="num"><b>{shareWords(n, all)}</b></td>
            <td class="num">{perMinuteWords(perMinute(n, span.to - span.from, history.step))}</td>
          </tr>
        ))}
        {shares.length === 0 && <tr><td colSpan={4} class="quiet">{t.nothing}</td></tr>}
      </tbody>
    </table>
  );
}

function whenWords(history: History, { span, on }: Focus): string {
  if (on === "cursor") return t.at(wordsOf(span.from, stepsOf(history)));
  return on === "selection" ? t.inSelection : t.inRange;
}

/** A failed code has the colour that it has among the failures; no code that of the first outcome without one. */
function toneOf(code: string, failures: readonly Series[]): Tone {
  if (isGood(code)) return 2;
  const isIts = code === NO_ANSWER ? (key: string) => key !== REST && !/^\d/.test(key) : (key: string) => key === code;
  const its = failures.find(({ key }) => isIts(key)) ?? failures.find(({ key }) => key === REST);
  return its ? STACK_TONES[its.place]! : 3;
}

function isGood(code: string): boolean {
  return code.startsWith("2");
}

function codeWords(code: string): string {
  return code === NO_ANSWER ? t.codes.none : code;
}
