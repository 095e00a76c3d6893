import { type Attempt, headerList, headerValue } from "../../core/delivery";

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
      <h3>Signature <span class="hint">attempt {attempt.number}</span></h3>
      <div class="sig">
        <dl>
          <div><dt>Algorithm</dt><dd>HMAC-SHA256, v1</dd></div>
          {timestamp && <div><dt>Timestamp</dt><dd class="mono">{timestamp}</dd></div>}
          <div><dt>Key</dt><dd>{keys > 1 ? `${keys} live secrets, newest first` : "the newest secret"}</dd></div>
        </dl>
        {standard && id && timestamp && <>
          <p class="lab">Signed string</p>
          <pre class="code wrap" title={`${id}.${timestamp}.{body}`}><span class="tok">{id.slice(0, 8)}…{id.slice(-4)}</span>.<span class="tok">{timestamp}</span>.<span class="tok">{"{body}"}</span></pre>
          <p class="lab">webhook-signature</p><pre class="code wrap">{standard}</pre>
        </>}
        {simple && <><p class="lab">X-Signature, over the body alone</p><pre class="code wrap">{simple}</pre></>}
      </div>
    </section>
  );
}
