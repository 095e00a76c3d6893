"""The live page says what it missed, how thin it is, and which circuit opened."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page, Route, WebSocketRoute, expect

from tests.conftest import RecordingReceiver
from tests.e2e.conftest import Program
from tests.e2e.live.conftest import (
    LOGGED,
    WAITING,
    add_customer,
    expect_rows,
    rows,
    strip,
)
from tests.e2e.processes import eventually


class Between:
    """Between the page and the feed."""

    def __init__(self, page: Page) -> None:
        # Attempts that are told of as lost, and whether anything is told at all.
        self.losing = self.silent = False
        # How many more a batch says that it left out.
        self.shed = 0
        self.connections = 0
        page.route_web_socket("**/ws/v1/feed*", self._connected)

    def _connected(self, route: WebSocketRoute) -> None:
        self.connections += 1
        mine = self.connections

        def told(message: str | bytes) -> None:
            # A lid that was closed on a connection was closed on that one only.
            if not (self.silent and mine == 1):
                route.send(self._told(json.loads(message)))

        route.connect_to_server().on_message(told)

    def _told(self, frame: dict[str, Any]) -> str:
        if frame["t"] == "batch" and self.losing:
            frame = {"t": "gap", "from": frame["from"], "to": frame["to"], "n": len(frame["r"]), "reason": "slow"}
        elif frame["t"] == "batch":
            frame["dropped"] += self.shed
        return json.dumps(frame)


def test_what_a_gap_left_out_is_behind_its_link(visit: Any, tenant: Program, receiver: RecordingReceiver) -> None:
    tenant.subscribe(receiver.url("/created"), event="*")
    feeds: list[Between] = []
    with visit(tenant, prepare=lambda page: feeds.append(Between(page))) as page:
        tenant.pay()
        expect(rows(page)).to_have_count(1)
        feeds[0].losing = True
        add_customer(tenant)
        divider = page.get_by_role("row").filter(has_text="1 attempt missed: this page was too slow.")
        divider.get_by_role("link", name="Open in history").click()
        expect(strip(page)).to_contain_text("History")
        expect(rows(page).filter(has_text="customer.created")).to_contain_text("Delivered")
        page.go_back()
        expect(divider).to_be_visible()
        expect(rows(page)).to_have_count(1)


def test_a_thinned_feed_says_how_thin_it_is(visit: Any, tenant: Program, receiver: RecordingReceiver) -> None:
    tenant.subscribe(receiver.url("/created"))
    feeds: list[Between] = []

    def prepare(page: Page) -> None:
        page.clock.install()
        feeds.append(Between(page))

    with visit(tenant, prepare=prepare) as page:
        feeds[0].shed = 7
        tenant.pay()
        expect(rows(page)).to_have_count(1)
        expect(strip(page)).to_contain_text("Showing 1 in 8 successes, all failures")
        feeds[0].shed = 0
        page.clock.run_for(11_000)
        expect(strip(page)).to_contain_text("Newest first")
        expect(strip(page)).not_to_contain_text("Showing")


def test_a_page_that_slept_past_the_log_says_what_it_missed(
    visit: Any, tenant: Program, receiver: RecordingReceiver
) -> None:
    for _ in range(10):
        tenant.subscribe(receiver.url("/created"))
    feeds: list[Between] = []

    def prepare(page: Page) -> None:
        page.clock.install()
        feeds.append(Between(page))

    with visit(tenant, prepare=prepare) as page:
        tenant.pay()
        expect(rows(page)).to_have_count(10)
        feeds[0].silent = True
        for _ in range(24):
            tenant.pay()
        eventually(lambda: not tenant.get("/webhooks/deliveries", status=WAITING, limit="1")["items"], "all arrive")
        page.clock.fast_forward("02:00:00")
        expect(page.get_by_role("row").filter(has_text="Gap filled: ")).to_be_visible()
        # The other divider is below what was filled.
        page.get_by_role("grid").evaluate("grid => grid.scrollTo(0, grid.scrollHeight)")
        missed = page.get_by_role("row").filter(has_text="attempts missed: they left the feed's log.")
        expect(missed.get_by_role("link", name="Open in history")).to_be_visible()
        left_out = int(missed.locator("b").inner_text().split()[0])
        assert 0 < left_out <= 240 - LOGGED
        expect_rows(page, 250 - left_out + 2)


@contextmanager
def circuits(page: Page) -> Iterator[list[dict[str, Any]]]:
    """The circuits that the server says are open; at the end the page knows of the last change."""
    told: list[dict[str, Any]] = []

    def reply(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, json={**response.json(), "open_circuits": told})

    page.route("**/monitor/summary*", reply)
    yield told
    page.unroute("**/monitor/summary*")


def next_summary(page: Page) -> None:
    with page.expect_response("**/monitor/summary*"):
        pass
    # Its figures are shown as soon as it is read.
    page.wait_for_function("new Promise(done => requestAnimationFrame(() => setTimeout(() => done(true))))")


def icon(page: Page) -> str:
    return str(page.locator("link[rel=icon]").get_attribute("href"))


def test_a_circuit_that_opens_is_told_once(visit: Any, tenant: Program) -> None:
    subscription = tenant.subscribe("http://hooks.norte.example/in")["id"]
    with visit(tenant) as page, circuits(page) as told:
        calm_title, calm_icon = page.title(), icon(page)
        next_summary(page)
        list_at = page.get_by_role("grid").bounding_box()
        told.append({"subscription_id": subscription, "opened_at": "2026-01-02T03:04:05Z", "held": 2})
        banner = page.get_by_role("alert")
        expect(banner).to_contain_text("Circuit opened: hooks.norte.example at ")
        expect(banner).to_contain_text("2 deliveries are held and keep their retries.")
        assert page.get_by_role("grid").bounding_box() == list_at
        expect(page).to_have_title(f"⚠ {calm_title}")
        assert icon(page) != calm_icon
        banner.get_by_role("button", name="Put away").click()
        expect(banner).to_have_count(0)
        next_summary(page)
        expect(banner).to_have_count(0)
        expect(page).to_have_title(f"⚠ {calm_title}")
        told.clear()
        expect(page).to_have_title(calm_title)
        assert icon(page) == calm_icon
        told.append({"subscription_id": subscription, "opened_at": "2026-01-02T04:04:05Z"})
        expect(banner).to_have_count(1)
        told.clear()
        expect(banner).to_have_count(0)
        expect(page).to_have_title(calm_title)
