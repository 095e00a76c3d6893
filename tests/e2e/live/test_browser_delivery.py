"""A delivery: over the list, and on a page of its own."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.conftest import RecordingReceiver
from tests.e2e.conftest import Program
from tests.e2e.live.conftest import (
    expect_rows,
    rows,
)
from tests.e2e.processes import eventually


def test_a_delivery_has_a_page_of_its_own(visit: Any, tenant: Program, receiver: RecordingReceiver) -> None:
    tenant.subscribe(receiver.url("/created"))
    tenant.pay()
    [delivery] = tenant.finished()
    with visit(tenant, "/?q=status:delivered") as page:
        rows(page).click()
        drawer = page.get_by_role("dialog", name="Delivery of payment.received")
        drawer.get_by_role("link", name="Open as a page").click()
        expect(page.get_by_role("heading", name="Delivery", level=1)).to_be_visible()
        expect(page.get_by_role("main")).to_be_focused()
        expect(page.get_by_role("main")).to_contain_text("Attempt 1")
        expect(drawer).to_have_count(0)
        shared = f"/deliveries/{delivery['id']}?tenant={tenant.slug}"
        assert page.url == tenant.system.base + shared
        page.go_back()
        expect(drawer).to_contain_text("Attempt 1")
        page.go_back()
        expect(drawer).to_have_count(0)
        expect_rows(page, 1)
        expect(page.get_by_role("button", name="Remove filter status delivered")).to_be_visible()
    with visit(tenant, f"/deliveries/{delivery['id']}") as page:
        expect(page.get_by_role("heading", name="payment.received")).to_be_visible()
        expect(page.get_by_role("main")).to_contain_text('"amount": "125.00"')
        page.get_by_role("main").get_by_role("link", name="Live").click()
        expect(rows(page)).to_have_count(1)


def test_a_delivery_leads_to_its_endpoint_event_and_subscription(
    visit: Any, tenant: Program, receiver: RecordingReceiver
) -> None:
    subscription = tenant.subscribe(receiver.url("/created"))["id"]
    tenant.pay()
    [delivery] = tenant.finished()
    with visit(tenant, f"/?delivery={delivery['id']}") as page:
        drawer = page.get_by_role("dialog", name="Delivery of payment.received")
        expect(page.locator("[role=row][aria-selected=true]")).to_contain_text("payment.received")
        beside, over = page.locator(".feed").bounding_box(), drawer.bounding_box()
        assert beside
        assert over
        assert beside["x"] + beside["width"] <= over["x"]
        drawer.get_by_role("link", name=receiver.url("/created").removeprefix("http://")).first.click()
        expect(page.locator(f"#detail-{subscription}")).to_be_visible()
        page.locator(f"#detail-{subscription}").get_by_role("link", name="Subscription").click()
        assert f"/subscriptions?edit={subscription}" in page.url.replace(f"tenant={tenant.slug}&", "")
        page.go_back()
        page.go_back()
        drawer.locator(".facts").get_by_role("link", name="created").click()
        expect(page.get_by_label("URL", exact=True)).to_have_value(receiver.url("/created"))
        page.go_back()
        drawer.locator(".facts").get_by_role("link", name=delivery["event_id"][-12:]).click()
        expect(page.locator(".side")).to_contain_text(delivery["event_id"])


def test_a_hold_says_since_when_and_until_when_and_leads_to_its_endpoint(visit: Any, tenant: Program) -> None:
    subscription = tenant.subscribe("http://127.0.0.1:1/down", retry_schedule=[1, 1, 1])["id"]
    for _ in range(7):
        tenant.pay()

    def held_one() -> Any:
        items = tenant.get("/webhooks/deliveries", status="RETRYING", limit="1")["items"]
        return items[0]["id"] if items and items[0]["held"] == "circuit" else None

    id_ = eventually(held_one, "the circuit opens")
    tenant.pay()
    with visit(tenant, "/?q=status:held") as page:
        page.get_by_role("button", name="Also those never tried: 24 h").click()
        expect(rows(page).filter(has_text="0/4")).to_have_count(1)
        assert "range=24h" in page.url
        rows(page).filter(has_text="0/4").click()
        expect(page.get_by_role("dialog")).to_contain_text("None was made yet.")
    with visit(tenant, f"/deliveries/{id_}") as page:
        timeline = page.get_by_role("main").locator(".tl")
        expect(timeline).to_contain_text(re.compile(r"Held.*Circuit open for \d+ s"))
        expect(timeline).to_contain_text(re.compile(r"Next probe in \d\d:\d\d"))
        timeline.get_by_role("link", name="Endpoint's health").click()
        expect(page.get_by_role("button", name="Details: 127.0.0.1:1/down")).to_have_attribute("aria-expanded", "true")
        assert f"id={subscription}" in page.url


@pytest.mark.parametrize("id_", ["0194ad1c-8f00-7c4e-9d3a-5a1b2c3d4e5f", "zzz"])
def test_a_link_to_no_delivery_says_so(visit: Any, tenant: Program, id_: str) -> None:
    with visit(tenant, f"/deliveries/{id_}") as page:
        expect(page.get_by_role("main")).to_contain_text("No such delivery")
        expect(page.get_by_role("heading", name="Delivery", level=1)).to_be_visible()


def test_a_delivery_lies_over_the_events_and_leads_back(
    visit: Any, tenant: Program, receiver: RecordingReceiver
) -> None:
    tenant.subscribe(receiver.url("/created"))
    tenant.pay()
    [delivery] = tenant.finished()
    with visit(tenant, f"/events?event={delivery['event_id']}&delivery={delivery['id']}") as page:
        drawer = page.get_by_role("dialog", name="Delivery of payment.received")
        drawer.get_by_role("link", name="Open as a page").click()
        expect(page.get_by_role("heading", name="Delivery", level=1)).to_be_visible()
        page.go_back()
        expect(drawer).to_contain_text("Attempt 1")
        page.keyboard.press("Escape")
        expect(drawer).to_have_count(0)
        expect(page.locator("dialog.side")).to_contain_text(delivery["event_id"])


# What has the focus: by its name as it is read aloud, and whether the focus is seen.
