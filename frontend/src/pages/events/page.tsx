import { PageHead } from "../../ui/page-head";
import { PAGE_NAMES } from "../../ui/page-names";
import { SessionBanner } from "../../ui/session-banner";

export function EventsPage() {
  return (
    <main class="page events" tabIndex={-1}>
      <SessionBanner />
      <PageHead title={PAGE_NAMES.events} />
    </main>
  );
}
