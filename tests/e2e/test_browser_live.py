"""The live page through a whole shift: history, gaps, circuits, keyboard, other pages, several tabs, a closed lid."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, WebSocketRoute, expect

from tests.conftest import RecordingReceiver
from tests.e2e.conftest import Program
from tests.e2e.processes import Embedded, eventually

# What the feed log keeps of a tenant: little, so that a page can fall behind it.
LOGGED = 100
# (event, attempts, seconds since the newest): far from the borders of the ranges that the page offers.
LATELY, EARLIER = ("customer.created", 20, 300), ("invoice.sent", 560, 1500)
WAITING = "PENDING,DELIVERING"
FAILED = {20: 5, 560: 140}


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    system = Embedded(tmp_path_factory.mktemp("live") / "var", FEED_LOG_ATTEMPTS=str(LOGGED))
    system.start()
    yield system
    system.stop()


@pytest.fixture
def tenant(installation: Embedded) -> Iterator[Program]:
    with Program(installation, name=secrets.token_hex(4)) as program:
        yield program


@pytest.fixture(scope="module")
def with_past(installation: Embedded) -> Iterator[Program]:
    """A tenant with 580 attempts of the last hour, 20 of them of the last quarter."""
    with Program(installation, name="Past") as program:
        subscription = program.subscribe("http://127.0.0.1:1/past", event="invoice.*")
        code = f"from tests.e2e.past import write; write({subscription['id']!r}, {[LATELY, EARLIER]!r})"
        installation.manage("shell", "-v", "0", "-c", code)
        yield program


@pytest.fixture
def visit(browser: Browser, installation: Embedded) -> Any:
    """Signs in with a new browser and opens a page of a tenant. Nothing may be written to the console."""

    @contextmanager
    def visit(
        tenant: Program, path: str = "/", prepare: Callable[[Page], object] = id, **options: Any
    ) -> Iterator[Page]:
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=installation.base)
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(installation.sign_in)
        page.goto("about:blank")
        prepare(page)
        open_page(page, tenant, path)
        expect(page.locator(".conn.is-open")).to_be_visible()
        yield page
        context.close()
        assert [each for each in complaints if "status of 404" not in each] == []

    return visit


def open_page(page: Page, tenant: Program, path: str = "/") -> None:
    page.goto(f"{tenant.system.base}{path}{'&' if '?' in path else '?'}tenant={tenant.slug}")


def rows(page: Page) -> Locator:
    return page.locator("[role=grid] [role=row][data-number]")


def strip(page: Page) -> Locator:
    return page.locator(".strip")


def expect_rows(page: Page, number: int) -> None:
    """So many in the list, in sight or not."""
    expect(page.get_by_role("grid")).to_have_attribute("aria-rowcount", str(number + 1))


def expect_live(page: Page) -> None:
    expect(strip(page)).to_contain_text("Following")
    assert not re.search("range=|from=|to=", page.url)


def add_filter(page: Page, term: str) -> None:
    page.get_by_role("combobox", name="Filter").fill(term)
    page.keyboard.press("Enter")


def test_a_time_range_shows_the_history_with_the_same_filter(visit: Any, with_past: Program) -> None:
    with visit(with_past) as page:
        ranges = page.get_by_role("group", name="Time range")
        ranges.get_by_role("button", name="15 min").click()
        expect(strip(page)).to_contain_text(re.compile("History.*20 attempts"))
        expect_rows(page, 20)
        expect(rows(page).first).to_contain_text("customer.created")
        assert "range=15m" in page.url
        add_filter(page, "status:failed")
        expect(strip(page)).to_contain_text("5 of 20 attempts")
        expect_rows(page, FAILED[20])
        expect(rows(page).filter(has_text="Failed")).to_have_count(FAILED[20])
        ranges.get_by_role("button", name="1 h").click()
        expect(strip(page)).to_contain_text("145 of 580 attempts")
        page.go_back()
        page.go_back()
        expect_rows(page, 20)
        page.get_by_role("button", name="Back to live").click()
        expect_live(page)
        page.go_back()
        expect_rows(page, 20)
        page.keyboard.press("Space")
        expect_live(page)
        ranges.get_by_role("button", name="15 min").click()
        expect_rows(page, 20)
        page.keyboard.press("G")
        expect_live(page)


def test_older_attempts_are_read_while_scrolling(visit: Any, with_past: Program) -> None:
    with visit(with_past, "/?range=1h") as page:
        expect_rows(page, 500)
        page.get_by_role("grid").evaluate("grid => grid.scrollTo(0, grid.scrollHeight)")
        expect_rows(page, 580)
        page.get_by_role("grid").evaluate("grid => grid.scrollTo(0, grid.scrollHeight)")
        expect(page.locator("[role=row][aria-rowindex='581']")).to_be_visible()
        expect(strip(page)).not_to_contain_text("Read further back")


def test_a_range_of_ones_own_is_asked_for_and_a_wrong_one_explained(visit: Any, with_past: Program) -> None:
    with visit(with_past, timezone_id="Europe/Madrid") as page:
        page.get_by_role("button", name="Custom").click()
        dialog = page.get_by_role("dialog", name="Show a range of the history")
        begin = dialog.get_by_label("From").input_value()
        dialog.get_by_label("From").fill(dialog.get_by_label("To", exact=True).input_value())
        dialog.get_by_role("button", name="Show").click()
        expect(dialog).to_contain_text("The range must begin before it ends.")
        dialog.get_by_label("From").fill("")
        dialog.get_by_role("button", name="Show").click()
        expect(dialog).to_contain_text("Both times are needed.")
        dialog.get_by_role("button", name="Keep as is").click()
        expect_live(page)
        page.get_by_role("button", name="Custom").click()
        dialog.get_by_label("From").fill(begin)
        dialog.get_by_role("button", name="Show").click()
        expect(dialog).to_have_count(0)
        expect(strip(page)).to_contain_text("500 attempts")
        assert re.search(r"from=\d+&to=\d+", page.url)
        expect(page.get_by_role("button", name="Custom")).to_have_attribute("aria-pressed", "true")


def test_a_viewer_opens_a_shared_link_to_the_failures_of_a_range(
    browser: Browser, visit: Any, with_past: Program
) -> None:
    now = datetime.now(UTC)
    begin, end = (round((now - timedelta(minutes=ago)).timestamp() * 1000) for ago in (20, 1))
    link = f"/?q=-outcome:success&from={begin}&to={end}"
    with visit(with_past, link) as page:
        expect(strip(page)).to_contain_text("5 of 20 attempts")
        expect(page.get_by_role("button", name="Remove filter not outcome success")).to_be_visible()
        address = page.url
    viewer = with_past.system.manage(
        "create_user", "viewer@example.com", "--tenant", with_past.slug, "--role", "viewer", "--json"
    )
    page = browser.new_context().new_page()
    page.goto(address)
    page.get_by_label("E-mail address").fill(viewer["email"])
    page.get_by_label("Password").fill(viewer["password"])
    page.get_by_role("button", name="Sign in").click()
    expect(strip(page)).to_contain_text("5 of 20 attempts")
    expect_rows(page, FAILED[20])
    rows(page).first.locator(".c-time").click()
    expect(page.get_by_role("dialog")).to_contain_text("Attempt 1")
    expect(page.get_by_role("button", name="Copy JSON")).to_be_visible()
    for name in ("Replay now", "Cancel"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    page.context.close()


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


def add_customer(tenant: Program) -> None:
    tenant.post("/customers", {"name": "Ada", "email": "ada@example.com", "tax_id": "B12345674"})


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


def test_a_hold_says_since_when_and_until_when_and_leads_to_its_endpoint(visit: Any, tenant: Program) -> None:
    subscription = tenant.subscribe("http://127.0.0.1:1/down", retry_schedule=[1, 1, 1])["id"]
    for _ in range(7):
        tenant.pay()

    def held_one() -> Any:
        items = tenant.get("/webhooks/deliveries", status="RETRYING", limit="1")["items"]
        return items[0]["id"] if items and items[0]["held"] == "circuit" else None

    id_ = eventually(held_one, "the circuit opens")
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
FOCUSED = """() => {
    const element = document.activeElement
    const name = element.ariaLabel ?? element.innerText ?? ""
    const ringed = element.matches(".search input") ? element.parentElement : element
    const {boxShadow, outlineStyle} = getComputedStyle(ringed)
    return [name.replace(/\\s+/g, " ").trim(), boxShadow !== "none" || outlineStyle !== "none"]
}"""


# Header, figures, filter and range, the strip's counts, the list, the foot.
READ = [
    "GestiqCloud Webhooks", "Live", "Subscriptions", "Endpoints", "Metrics", "Events", "Settings", "Theme",
    "Keyboard shortcuts", "O operator", "Attempts, now", "Success, 5 min", "Retrying, now", "Failed, 1 h",
    "Oldest pending, now", "Filter", "Live", "15 min", "1 h", "Custom", "Pause", "Delivered", "Retrying", "Failed",
    "Held", "Attempts, newest first", "? all keys", "Compact",
]  # fmt: skip


def test_tab_goes_through_the_page_as_it_is_read(visit: Any, tenant: Program, receiver: RecordingReceiver) -> None:
    tenant.subscribe(receiver.url("/created"))
    tenant.pay()
    with visit(tenant) as page:
        expect(rows(page)).to_have_count(1)
        expect(page.locator(".quick .n")).to_have_count(4)
        unseen, order = [], iter(READ)
        expected = next(order)
        while expected:
            page.keyboard.press("Tab")
            name, seen = page.evaluate(FOCUSED)
            if not seen:
                unseen.append(name)
            # An installation with several tenants has a menu of them.
            if tenant.slug not in name:
                assert name.startswith(expected)
                expected = next(order, "")
        assert unseen == []


def selected(page: Page) -> Locator:
    return page.locator("[role=row][aria-selected=true]")


def test_everything_on_the_live_page_has_a_key(visit: Any, tenant: Program, receiver: RecordingReceiver) -> None:
    tenant.subscribe(receiver.url("/created"), event="*")
    tenant.pay()
    add_customer(tenant)
    with visit(tenant) as page:
        press = page.keyboard.press
        expect(rows(page)).to_have_count(2)
        newest, oldest = (rows(page).nth(place).locator(".c-ev").inner_text() for place in (0, 1))
        press("j")
        expect(selected(page)).to_contain_text(newest)
        expect(strip(page)).to_contain_text("Paused: a row is selected")
        press("j")
        expect(selected(page)).to_contain_text(oldest)
        press("k")
        expect(selected(page)).to_contain_text(newest)
        press("Enter")
        drawer = page.get_by_role("dialog", name=f"Delivery of {newest}")
        expect(drawer).to_contain_text("Attempt 1")
        press("j")
        expect(page.get_by_role("dialog", name=f"Delivery of {oldest}")).to_contain_text("Attempt 1")
        press("k")
        press("y")
        assert page.url.endswith("&delivery=" + page.evaluate("navigator.clipboard.readText()"))
        press("Escape")
        expect(drawer).to_have_count(0)
        expect(page.get_by_role("grid")).to_be_focused()
        expect(strip(page)).to_contain_text("Paused: a row is selected")
        press("r")
        expect(page.get_by_role("dialog", name="Replay")).to_contain_text("twice")
        press("Escape")
        press("f")
        expect(page.get_by_role("combobox", name="Filter")).to_be_focused()
        page.get_by_role("option", name=re.compile(f"event {newest}")).wait_for()
        press("ArrowDown")
        press("ArrowDown")
        press("Enter")
        expect_rows(page, 1)
        press("Backspace")
        expect_rows(page, 2)
        press("Escape")
        press("?")
        expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
        press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        press("Space")
        expect(strip(page)).to_contain_text("Paused by you")
        press("Space")
        expect_live(page)
        press("j")
        press("G")
        expect_live(page)
        expect(selected(page)).to_have_count(0)
        press("/")
        expect(page.get_by_role("combobox", name="Filter")).to_be_focused()
        page.keyboard.type("jk?")
        expect(page.get_by_role("combobox", name="Filter")).to_have_value("jk?")


def test_without_single_keys_only_the_list_has_its_own(
    visit: Any, tenant: Program, receiver: RecordingReceiver
) -> None:
    tenant.subscribe(receiver.url("/created"))
    tenant.pay()
    with visit(tenant) as page:
        press = page.keyboard.press
        expect(rows(page)).to_have_count(1)
        press("?")
        page.get_by_role("checkbox", name="Single-key shortcuts").uncheck()
        press("Escape")
        for key in ("j", "k", "r", "y", "f", "/", "?", "G", "Space"):
            press(key)
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.get_by_role("combobox", name="Filter")).not_to_be_focused()
        expect(selected(page)).to_have_count(0)
        expect_live(page)
        page.get_by_role("grid").focus()
        press("j")
        expect(selected(page)).to_have_count(0)
        press("ArrowDown")
        expect(selected(page)).to_have_count(1)
        press("Enter")
        expect(page.get_by_role("dialog", name="Delivery of payment.received")).to_contain_text("Attempt 1")
        press("Escape")
        press("Escape")
        expect_live(page)


PAGES = {
    "Subscriptions": "/subscriptions", "Endpoints": "/endpoints", "Metrics": "/charts", "Events": "/events",
    "Settings": "/settings",
}  # fmt: skip


def test_a_tour_of_the_pages_keeps_filter_and_socket(visit: Any, tenant: Program, receiver: RecordingReceiver) -> None:
    tenant.subscribe(receiver.url("/created"))
    tenant.pay()
    sockets: list[str] = []
    loaded: list[str] = []

    def count(page: Page) -> None:
        page.on("websocket", lambda socket: sockets.append(socket.url))
        page.on("load", lambda page: loaded.append(page.url))

    with visit(tenant, "/?q=status:delivered", prepare=count) as page:
        expect(rows(page)).to_have_count(1)
        for name, path in PAGES.items():
            page.get_by_role("link", name=name, exact=True).click()
            expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
            expect(page.get_by_role("main")).to_be_focused()
            assert page.url == f"{tenant.system.base}{path}?tenant={tenant.slug}"
        for name in [*reversed(list(PAGES)[:-1]), "Live"]:
            page.go_back()
            expect(page.get_by_role("heading", name=name, level=1)).to_be_attached()
            expect(page.get_by_role("main")).to_be_focused()
        expect(page.get_by_role("button", name="Remove filter status delivered")).to_be_visible()
        page.go_forward()
        expect(page.get_by_role("heading", name="Subscriptions", level=1)).to_be_visible()
        # What comes while another page is looked at is in the list on return.
        tenant.pay()
        tenant.finished(2)
        page.get_by_role("link", name="Live", exact=True).click()
        expect(rows(page)).to_have_count(2)
        expect_live(page)
        assert page.url.endswith(f"/?tenant={tenant.slug}&q=status:delivered")
        assert (len(sockets), len(loaded)) == (1, 1)


def test_two_tabs_follow_and_pause_each_for_itself(visit: Any, tenant: Program, receiver: RecordingReceiver) -> None:
    tenant.subscribe(receiver.url("/created"))
    with visit(tenant) as first:
        second = first.context.new_page()
        open_page(second, tenant)
        expect(second.locator(".conn.is-open")).to_be_visible()
        tenant.pay()
        for page in (first, second):
            expect(rows(page)).to_have_count(1)
        first.keyboard.press("Space")
        expect(strip(first)).to_contain_text("Paused by you")
        expect_live(second)
        tenant.pay()
        expect(rows(second)).to_have_count(2)
        expect(first.get_by_role("button", name="1 new")).to_be_visible()
        expect(rows(first)).to_have_count(1)


# What would move: running animations, and what a change of style would set going.
MOVING = """() => {
    const lasting = ({transitionDuration, animationDuration, scrollBehavior}) => scrollBehavior === "smooth"
        || `${transitionDuration}, ${animationDuration}`.split(", ").some(each => parseFloat(each) > 0)
    const moves = element => [null, "::before", "::after"].some(each => lasting(getComputedStyle(element, each)))
    return [...document.querySelectorAll("*")].filter(moves).map(element => element.outerHTML.slice(0, 80))
        .concat(document.getAnimations().map(String))
}"""


def test_nothing_moves_for_those_who_ask_for_it(visit: Any, tenant: Program, receiver: RecordingReceiver) -> None:
    tenant.subscribe(receiver.url("/created"))
    tenant.pay()
    with visit(tenant, reduced_motion="reduce") as page:

        def expect_still() -> None:
            assert page.evaluate(MOVING) == []

        rows(page).click()
        expect(page.get_by_role("dialog")).to_contain_text("Attempt 1")
        expect_still()
        page.emulate_media(reduced_motion="no-preference")
        assert page.evaluate(MOVING) != []
        page.emulate_media(reduced_motion="reduce")
        page.keyboard.press("r")
        expect(page.get_by_role("dialog", name="Replay")).to_be_visible()
        expect_still()
        page.keyboard.press("Escape")
        for name in PAGES:
            page.get_by_role("link", name=name, exact=True).click()
            expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
            expect_still()
