import { PageHead } from "../../ui/page-head";
import { PAGE_NAMES } from "../../ui/page-names";
import { SessionBanner } from "../../ui/session-banner";

export function SettingsPage() {
  return (
    <main class="page settings" tabIndex={-1}>
      <SessionBanner />
      <PageHead title={PAGE_NAMES.settings} />
    </main>
  );
}
