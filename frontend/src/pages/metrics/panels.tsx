import { useMemo } from "preact/hooks";
import { NO_ANSWER, codeShares, failuresByStatus, largest, perMinute, sum } from "../../core/chart-panels";
import { wordsOf } from "../../core/chart-time";
import type { History } from "../../core/history";
import { statusTone } from "../../core/status-tones";
import { Frame, Panel, stepsOf } from "./panel";
import { backlogPicture, failuresPicture, latencyPicture, retriesPicture, successPicture } from "./pictures";
import { type Focus, focusOf } from "./state";
import { ratesLike, shareWords, t } from "./words";

export function Panels({ history }: { history: History }) {
  return (
    <div class="mgrid">
      <Panel history={history} picture={useMemo(() => successPicture(history), [history])} />
      <Panel history={history} picture={useMemo(() => failuresPicture(history, largest(failuresByStatus(history))), [history])} />
      <Panel history={history} picture={useMemo(() => latencyPicture(history), [history])} />
      <Panel history={history} picture={useMemo(() => retriesPicture(history, largest(history.retries)), [history])} />
      <Codes history={history} />
      <Backlog history={history} />
    </div>
  );
}

function Backlog({ history }: { history: History }) {
  const picture = useMemo(() => (history.backlog ? backlogPicture(history.backlog, history) : null), [history]);
  if (picture) return <Panel history={history} picture={picture} />;
  return <section class="panel mp"><div class="mp-h"><h2>{t.backlog.title}</h2></div><p class="mp-none">{t.backlog.perEndpoint}</p></section>;
}

/** Bars of each code's share, at the cursor or over the range. */
function Codes({ history }: { history: History }) {
  const codes = useMemo(() => codeShares(history, { from: 0, to: history.at.length }).map(({ code }) => code), [history]);
  return (
    <Frame
      history={history} title={t.codes.title} unit={(focus) => whenWords(history, focus)} figure={({ span }) => `2xx ${shareWords(codes.filter(isGood).reduce((total, code) => total + sum(history.codes[code]!, span), 0), sum(history.attempts, span))}`}
      columns={codes.map((code) => ({ key: code, label: codeWords(code), cell: (i) => String(history.codes[code]![i]) }))}
    >
      <Shares history={history} />
    </Frame>
  );
}

function Shares({ history }: { history: History }) {
  const { span } = focusOf(history);
  const shares = codeShares(history, span);
  const most = shares[0]?.share ?? 100;
  const all = shares.reduce((total, { n }) => total + n, 0);
  const rate = (n: number) => perMinute(n, span.to - span.from, history.step);
  const words = ratesLike(shares.map(({ n }) => rate(n)));
  return (
    <table class="codes">
      <thead><tr><th scope="col">{t.codes.code}</th><td class="codes-bar" /><th scope="col" class="num">{t.codes.share}</th><th scope="col" class="num">{t.codes.perMinute}</th></tr></thead>
      <tbody>
        {shares.map(({ code, n, share }) => (
          <tr key={code}>
            <th scope="row">{codeWords(code)}</th>
            <td class="codes-bar"><span class={`s${statusTone(code)}`} style={{ width: `${Math.max(0.5, (100 * share) / most)}%` }} /></td>
            <td class="num"><b>{shareWords(n, all)}</b></td>
            <td class="num">{words(rate(n))}</td>
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

function isGood(code: string): boolean {
  return code.startsWith("2");
}

function codeWords(code: string): string {
  return code === NO_ANSWER ? t.codes.none : code;
}
