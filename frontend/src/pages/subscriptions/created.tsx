import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { texts } from "../../core/language";
import { subscriptions } from "../../subscriptions";
import { Dialog } from "../../ui/dialog";
import { Icon } from "../../ui/icon";
import { SidePanel } from "../../ui/side-panel";
import { SecretBox, SecretCopy, useSecret } from "./secret";
import { TestProgress, useTestRun } from "./test-run";

/** A subscription that was just made, with the secret that no other answer shows. Nothing but the open page has it. */
export const created = signal<{ id: string; secret: string } | null>(null);

const t = texts({
  en: {
    title: "Copy the secret now", shown: "It is shown this once. If it is lost, rotate it: both secrets stay valid for 24 h.", test: "Send a test", done: "Done",
    leave: "Leave without the secret?", leaveWhy: "It was not copied, and it is not shown again. The receiver needs it to check signatures.", leaveAnyway: "Leave without it", stay: "Stay",
  },
  es: {
    title: "Copie el secreto ahora", shown: "Solo se muestra esta vez. Si se pierde, rótelo: ambos secretos valen durante 24 h.", test: "Enviar una prueba", done: "Listo",
    leave: "¿Salir sin el secreto?", leaveWhy: "No se ha copiado y no vuelve a mostrarse. El receptor lo necesita para comprobar las firmas.", leaveAnyway: "Salir sin él", stay: "Quedarse",
  },
});

export function CreatedPanel({ id, secret }: { id: string; secret: string }) {
  const kept = useSecret();
  const [asking, ask] = useState(false);
  const run = useTestRun(id);
  const leave = () => (created.value = null);
  const onClose = () => (kept.copied ? leave() : ask(true));
  useUnloadGuard(!kept.copied);
  const url = subscriptions.value.get(id)?.url;
  return (
    <>
      <SidePanel title={t.title} mark={<span class="step">2</span>} onClose={onClose}>
        <div class="side-in">
          {url && <p class="for">{url}</p>}
          <p>{t.shown}</p>
          <SecretBox secret={secret} onCopied={kept.copy} />
          <div class="side-f">
            <SecretCopy secret={secret} onCopied={kept.copy} />
            <button type="button" class="btn" disabled={run.busy} onClick={run.send}><Icon name="send" size={14} />{t.test}</button>
            <span class="grow" />
            <button type="button" class="btn ghost" onClick={onClose}>{t.done}</button>
          </div>
          <TestProgress run={run} />
        </div>
      </SidePanel>
      {asking && (
        <Dialog title={t.leave} onClose={() => ask(false)}>
          <p>{t.leaveWhy}</p>
          <div class="dlg-act">
            <SecretCopy secret={secret} onCopied={kept.copy} />
            <button type="button" class="btn danger" onClick={leave}>{t.leaveAnyway}</button>
            <button type="button" class="btn ghost" onClick={() => ask(false)}>{t.stay}</button>
          </div>
        </Dialog>
      )}
    </>
  );
}

/** The browser's own question before the page goes away. */
function useUnloadGuard(needed: boolean): void {
  useEffect(() => {
    if (!needed) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [needed]);
}
