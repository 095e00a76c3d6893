"""The pages while the browser's clock is wrong, answers are late, lost or refused, and receivers are hostile."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page, Route, expect

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


def fail(page: Page, path: str) -> None:
    """As a proxy does whose server is away."""
    page.route(path, lambda route: route.fulfill(status=500, content_type="text/html", body="<h1>Oops</h1>"))


def look_again(page: Page) -> None:
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def note(page: Page) -> Locator:
    return page.locator(".banner.note")


def test_what_is_no_longer_up_to_date_says_so_everywhere(
    visit: Any, tenant: Program, receiver: RecordingReceiver
) -> None:
    subscription = tenant.subscribe(receiver.url("/created"))
    tenant.pay()
    reads = {
        "/": "**/monitor/summary*",
        "/subscriptions": "**/webhooks/subscriptions?*",
        "/events": "**/webhooks/events?*",
    }
    for path, read in reads.items():
        with visit(tenant, path, forgiven="status of 500") as page:
            expect(page.locator(".quick .n, tbody tr").first).to_be_visible()
            fail(page, read)
            look_again(page)
            expect(note(page)).to_contain_text("Not up to date: what is shown is from")
            page.unroute(read)
            look_again(page)
            expect(note(page)).to_have_count(0)
    # One that waits, so that it is read again and again.
    tenant.post(f"/webhooks/subscriptions/{subscription['id']}/disable")
    held = tenant.post(f"/webhooks/subscriptions/{subscription['id']}/test")
    for path in (f"/?delivery={held['id']}", f"/deliveries/{held['id']}"):
        with visit(tenant, path, forgiven="status of 500") as page:
            expect(page.get_by_text("Queued")).to_be_visible()
            fail(page, "**/webhooks/deliveries/*")
            expect(note(page)).to_contain_text("Not up to date: what is shown is from")


def test_older_events_that_do_not_come_can_be_asked_for_again(visit: Any, tenant: Program) -> None:
    for _ in range(51):
        tenant.pay()
    with visit(tenant, "/events", forgiven="status of 500") as page:
        older = page.get_by_role("button", name="Older")
        expect(older).to_be_visible()
        fail(page, "**/webhooks/events?*cursor=*")
        older.click()
        expect(page.get_by_role("alert")).to_contain_text("HTTP 500")
        page.unroute("**/webhooks/events?*cursor=*")
        older.click()
        expect(page.locator("tbody tr")).to_have_count(51)
        expect(page.get_by_role("alert")).to_have_count(0)
