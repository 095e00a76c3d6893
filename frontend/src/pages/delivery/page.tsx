import { texts } from "../../core/language";
import { addressOf, opened } from "../../navigation";
import { CopiedNote } from "../../ui/copied";
import { CopyButton } from "../../ui/copy-button";
import { PAGE_NAMES } from "../../ui/page-names";
import { SessionBanner } from "../../ui/session-banner";
import { OpenedDelivery } from "./content";

const t = texts({ en: { delivery: "Delivery" }, es: { delivery: "Entrega" } });

/** One delivery with the whole window to itself: what a shared link leads to. */
export function DeliveryPage() {
  const id = opened.value?.id ?? "";
  return (
    <main id="main" class="page delivery-page" tabIndex={-1}>
      <SessionBanner />
      <div class="panel">
        <div class="d-nav">
          <a href={addressOf("live")}>{PAGE_NAMES.live}</a><span class="d-pos">/</span>
          <h1 class="d-pos">{t.delivery}</h1><span class="mono d-id">{id}</span>
          <CopyButton what="id" text={() => id} class="icon" /><CopiedNote />
        </div>
        <OpenedDelivery asked={null} />
      </div>
    </main>
  );
}
