"""The live page with the keyboard alone, among other pages and tabs, and without motion."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

from tests.conftest import RecordingReceiver
from tests.e2e.conftest import Program
from tests.e2e.live.conftest import (
    add_customer,
    expect_live,
    expect_rows,
    open_page,
    rows,
    strip,
)

FOCUSED = """() => {
    const element = document.activeElement
    const name = element.ariaLabel ?? element.innerText ?? ""
    const ringed = element.matches(".search input") ? element.parentElement : element
    const {boxShadow, outlineStyle} = getComputedStyle(ringed)
    return [name.replace(/\\s+/g, " ").trim(), boxShadow !== "none" || outlineStyle !== "none"]
}"""


# The way past, header, figures, filter and range, the strip's counts, the list, the foot.
READ = [
    "To the list", "GestiqCloud Webhooks", "Live", "Subscriptions", "Endpoints", "Metrics", "Events", "Settings",
    "Theme", "Keyboard shortcuts", "O operator", "Attempts, now", "Success, 5 min", "Retrying, now", "Failed, 1 h",
    "Oldest pending, now", "Filter", "Live", "15 min", "1 h", "Custom", "Pause", "Delivered", "Retrying", "Failed",
    "Held", "Attempts, newest first", "Older attempts: 1 h", "? all keys", "Compact",
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
        page.goto(page.url)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("grid")).to_be_focused()
        page.goto(page.url.replace("/?", "/events?"))
        page.get_by_role("link", name="To the content").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("main")).to_be_focused()


NO_CLIPBOARD = """() => {
    navigator.clipboard.writeText = () => Promise.reject(new Error("refused"))
    document.execCommand = () => false
}"""


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
        expect(drawer.locator(".copied")).to_have_text("Id copied")
        expect(page.get_by_role("status").filter(has_text="Id copied")).to_have_count(1)
        assert page.url.endswith("&delivery=" + page.evaluate("navigator.clipboard.readText()"))
        press("Escape")
        expect(drawer).to_have_count(0)
        expect(page.get_by_role("grid")).to_be_focused()
        expect(strip(page)).to_contain_text("Paused: a row is selected")
        page.evaluate(NO_CLIPBOARD)
        press("y")
        expect(strip(page)).to_contain_text("The id could not be copied")
        expect(page.get_by_role("status").filter(has_text="could not be copied")).to_have_count(1)
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


def test_text_that_is_marked_stays_where_it_is(visit: Any, tenant: Program, receiver: RecordingReceiver) -> None:
    tenant.subscribe(receiver.url("/created"))
    tenant.pay()
    with visit(tenant) as page:
        event = rows(page).locator(".c-ev").bounding_box()
        assert event
        page.mouse.move(event["x"] + 2, event["y"] + event["height"] / 2)
        page.mouse.down()
        page.mouse.move(event["x"] + 80, event["y"] + event["height"] / 2, steps=4)
        page.mouse.up()
        expect(strip(page)).to_contain_text("Paused: text is selected")
        assert page.evaluate("getSelection().toString()") != ""
        expect(page.get_by_role("dialog")).to_have_count(0)


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
def sign_in(page: Page, tenant: Program, name: str) -> None:
    made = tenant.system.manage("create_user", name, "--tenant", tenant.slug, "--role", "operator", "--json")
    page.goto(f"{tenant.system.base}/sign-in")
    page.get_by_label("E-mail address").fill(made["email"])
    page.get_by_label("Password").fill(made["password"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".conn.is-open")).to_be_visible()


def test_a_tab_does_nothing_for_who_signs_in_in_another(
    browser: Browser, tenant: Program, receiver: RecordingReceiver
) -> None:
    """Even where both may see the tenant: what is done is done in the name that the page shows."""
    subscription = tenant.subscribe(receiver.url("/created"))["id"]
    context = browser.new_context()
    first, second = context.new_page(), context.new_page()
    sign_in(first, tenant, f"ana-{tenant.slug}@example.com")
    first.goto(f"{tenant.system.base}/subscriptions")
    second.goto(tenant.system.base)
    second.get_by_role("button", name=re.compile("Account|ana-")).click()
    second.get_by_role("menuitem", name="Sign out").click()
    sign_in(second, tenant, f"bob-{tenant.slug}@example.com")
    first.get_by_role("button", name=re.compile("^Actions")).click()
    first.get_by_role("menuitem", name="Pause").click()
    first.get_by_role("button", name="Pause").last.click()
    expect(first.get_by_text("Your session has ended.")).to_be_visible()
    assert tenant.get(f"/webhooks/subscriptions/{subscription}")["active"]
    context.close()


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
