import { useState } from "preact/hooks";
import { now } from "../../clock";
import { sizeOf, sizeWords } from "../../core/body";
import { type Attempt, type Header, type SentEvent, headerList } from "../../core/delivery";
import { bytes, latency, moment, text } from "../../core/format";
import { phrase } from "../../core/http";
import { texts } from "../../core/language";
import { explain } from "../../core/reason";
import { asText } from "../../core/visible";
import { AsWritten } from "../../ui/as-written";
import { CodeBox } from "./code-box";

interface Props {
  attempts: Attempt[];
  attempt: Attempt;
  choose: (number: number) => void;
  sent: SentEvent | null;
  url: string;
}

type Side = "request" | "response";
const SIDES: Record<Side, string> = texts({ en: { request: "Request", response: "Response" }, es: { request: "Petición", response: "Respuesta" } });

const t = texts({
  en: {
    attempts: "Attempts", sides: "Request or response", bodies: "Bodies", pretty: "Pretty", raw: "Raw", sentBody: "Sent body", body: "Body",
    noResponse: "No response came.", noBody: "The response had no body.", notKept: (size: string) => `The response had a body of ${size}, which was not kept.`,
  },
  es: {
    attempts: "Intentos", sides: "Petición o respuesta", bodies: "Cuerpos", pretty: "Con formato", raw: "Original", sentBody: "Cuerpo enviado", body: "Cuerpo",
    noResponse: "No llegó ninguna respuesta.", noBody: "La respuesta no traía cuerpo.", notKept: (size: string) => `La respuesta traía un cuerpo de ${size}, que no se guardó.`,
  },
});

export function Attempts({ attempts, attempt, choose, sent, url }: Props) {
  const [side, setSide] = useState<Side>("response");
  const [raw, setRaw] = useState(false);
  const body = sent ? JSON.stringify(sent.body) : null;
  return (
    <div class="d-right">
      <h3>{t.attempts}</h3>
      <div class="atts" role="tablist" aria-label={t.attempts} onKeyDown={arrows}>
        {attempts.map((each) => (
          <button key={each.number} type="button" role="tab" aria-selected={each === attempt} tabIndex={each === attempt ? 0 : -1} onClick={() => choose(each.number)}>
            <span class="an">{each.number}</span>
            <b class={each.outcome === "success" ? "c2" : "cx"}>{each.http_status ?? each.outcome}</b>
            <span>{text(latency(each.duration_ms))}</span>
          </button>
        ))}
      </div>
      <div class="tabs">
        <div role="tablist" aria-label={t.sides} onKeyDown={arrows}>
          {(Object.keys(SIDES) as Side[]).map((each) => (
            <button key={each} type="button" role="tab" aria-selected={each === side} tabIndex={each === side ? 0 : -1} onClick={() => setSide(each)}>{SIDES[each]}</button>
          ))}
        </div>
        <span class="grow" />
        <div class="seg small" role="group" aria-label={t.bodies}>
          <button type="button" aria-pressed={!raw} onClick={() => setRaw(false)}>{t.pretty}</button>
          <button type="button" aria-pressed={raw} onClick={() => setRaw(true)}>{t.raw}</button>
        </div>
      </div>
      {side === "response" ? <Response attempt={attempt} raw={raw} /> : <Request attempt={attempt} url={url} />}
      {body !== null && <CodeBox title={t.sentBody} size={`${bytes(sizeOf(body))}, application/json`} text={body} raw={raw} class={side === "response" ? "sent" : ""} />}
    </div>
  );
}

function Request({ attempt, url }: { attempt: Attempt; url: string }) {
  return (
    <>
      <p class="statusline"><b>POST</b> <span class="url" title={url}>{url}</span></p>
      <Headers headers={headerList(attempt.request_headers)} />
    </>
  );
}

function Response({ attempt, raw }: { attempt: Attempt; raw: boolean }) {
  const headers = headerList(attempt.response_headers);
  const code = attempt.http_status;
  const when = `${moment(Date.parse(attempt.started_at), now.peek())}, ${text(latency(attempt.duration_ms))}`;
  return (
    <>
      <p class="statusline">
        <b class={attempt.outcome === "success" ? "c2" : "cx"}>{code ?? attempt.outcome}</b> {code === null ? explain(attempt.outcome, attempt.error) : phrase(code)}
        <span class="when">{when}</span>
      </p>
      {code === null && <p class="quiet">{t.noResponse}</p>}
      <Headers headers={headers} />
      {attempt.response_body && <CodeBox title={t.body} size={sizeWords(attempt)} text={attempt.response_body} raw={raw} />}
      {code !== null && !attempt.response_body && <p class="quiet">{attempt.response_bytes ? t.notKept(bytes(attempt.response_bytes)) : t.noBody}</p>}
    </>
  );
}

function Headers({ headers }: { headers: Header[] }) {
  if (headers.length === 0) return null;
  return (
    <table class="hdrs">
      <tbody>{headers.map(([name, value], i) => <tr key={i}><th scope="row"><AsWritten text={name} /></th><td title={asText(value)}><AsWritten text={value} /></td></tr>)}</tbody>
    </table>
  );
}

/** Tabs are moved through with the arrows and chosen at once. */
function arrows(event: KeyboardEvent): void {
  const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
  if (step === 0) return;
  const tabs = [...(event.currentTarget as Element).querySelectorAll<HTMLElement>("[role=tab]")];
  const next = tabs.at((tabs.indexOf(document.activeElement as HTMLElement) + step) % tabs.length);
  next?.focus();
  next?.click();
  event.preventDefault();
}
