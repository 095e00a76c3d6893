import { PageHead } from "../../ui/page-head";
import { PAGE_NAMES } from "../../ui/page-names";
import { SessionBanner } from "../../ui/session-banner";

export function MetricsPage() {
  return (
    <main class="page metrics" tabIndex={-1}>
      <SessionBanner />
      <PageHead title={PAGE_NAMES.metrics} />
    </main>
  );
}
