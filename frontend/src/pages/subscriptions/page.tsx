import { PageHead } from "../../ui/page-head";
import { PAGE_NAMES } from "../../ui/page-names";
import { SessionBanner } from "../../ui/session-banner";

export function SubscriptionsPage() {
  return (
    <main class="page subscriptions" tabIndex={-1}>
      <SessionBanner />
      <PageHead title={PAGE_NAMES.subscriptions} />
    </main>
  );
}
