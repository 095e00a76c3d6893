import { PageHead } from "../../ui/page-head";
import { PAGE_NAMES } from "../../ui/page-names";
import { SessionBanner } from "../../ui/session-banner";

export function EndpointsPage() {
  return (
    <main class="page endpoints" tabIndex={-1}>
      <SessionBanner />
      <PageHead title={PAGE_NAMES.endpoints} />
    </main>
  );
}
