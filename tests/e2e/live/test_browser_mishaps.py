"""The pages while the browser's clock is wrong, answers are late, lost or refused, and receivers are hostile."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.conftest import RecordingReceiver
from tests.e2e.conftest import Program
from tests.e2e.live.conftest import expect_rows

WRONG_CLOCK = "const right = Date.now; Date.now = () => right() + {hours} * 3600e3"


def test_a_wrong_clock_changes_no_range_and_no_age(
    visit: Any, with_past: Program, tenant: Program, receiver: RecordingReceiver
) -> None:
    for hours in (-2, 2):

        def set_wrong(page: Page, hours: int = hours) -> None:
            page.add_init_script(WRONG_CLOCK.format(hours=hours))

        with visit(with_past, "/?range=15m", prepare=set_wrong) as page:
            expect_rows(page, 20)
        subscription = tenant.subscribe(receiver.url("/created"))
        tenant.post(f"/webhooks/subscriptions/{subscription['id']}/test")
        tenant.finished()
        with visit(tenant, "/events?range=1h", prepare=set_wrong) as page:
            expect(page.locator("tbody tr")).not_to_have_count(0)
            page.get_by_role("link", name="Subscriptions", exact=True).click()
            expect(page.locator("td.c-last").first).to_contain_text("s")
