import { type Attempt, headerList, headerValue } from "../../core/delivery";
import { texts } from "../../core/language";

const t = texts({
  en: {
    signature: "Signature", attempt: (number: number) => `attempt ${number}`, algorithm: "Algorithm", timestamp: "Timestamp", key: "Key",
    keys: (n: number) => (n > 1 ? `${n} live secrets, newest first` : "the newest secret"), signed: "Signed string", bodyAlone: "X-Signature, over the body alone",
  },
  es: {
    signature: "Firma", attempt: (number: number) => `intento ${number}`, algorithm: "Algoritmo", timestamp: "Marca de tiempo", key: "Clave",
    keys: (n: number) => (n > 1 ? `${n} secretos vigentes, el más nuevo primero` : "el secreto más nuevo"), signed: "Texto firmado", bodyAlone: "X-Signature, solo sobre el cuerpo",
  },
});

/** How the receiver can check this attempt. The secret is never here. */
export function Signature({ attempt }: { attempt: Attempt }) {
  const headers = headerList(attempt.request_headers);
  const [id, timestamp] = [headerValue(headers, "webhook-id"), headerValue(headers, "webhook-timestamp")];
  const standard = headerValue(headers, "webhook-signature");
  const simple = headerValue(headers, "x-signature");
  if (standard === null && simple === null) return null;
  const keys = standard?.split(" ").length ?? 1;
  return (
    <section class="d-sig">
      <h3>{t.signature} <span class="hint">{t.attempt(attempt.number)}</span></h3>
      <div class="sig">
        <dl>
          <div><dt>{t.algorithm}</dt><dd>HMAC-SHA256, v1</dd></div>
          {timestamp && <div><dt>{t.timestamp}</dt><dd class="mono">{timestamp}</dd></div>}
          <div><dt>{t.key}</dt><dd>{t.keys(keys)}</dd></div>
        </dl>
        {standard && id && timestamp && <>
          <p class="lab">{t.signed}</p>
          <pre class="code wrap" title={`${id}.${timestamp}.{body}`}><span class="tok">{id.slice(0, 8)}…{id.slice(-4)}</span>.<span class="tok">{timestamp}</span>.<span class="tok">{"{body}"}</span></pre>
          <p class="lab">webhook-signature</p><pre class="code wrap">{standard}</pre>
        </>}
        {simple && <><p class="lab">{t.bodyAlone}</p><pre class="code wrap">{simple}</pre></>}
      </div>
    </section>
  );
}
