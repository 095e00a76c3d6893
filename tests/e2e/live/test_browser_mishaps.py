"""The pages while the browser's clock is wrong, answers are late, lost or refused, and receivers are hostile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from aiohttp import web
from playwright.sync_api import Locator, Page, Route, expect

from project.receiver import BackgroundReceiver
from tests.conftest import RecordingReceiver
from tests.e2e.conftest import Program
from tests.e2e.live.conftest import add_customer, expect_rows, rows

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
            expect(note(page)).to_contain_text(re.compile("ot up to date: (what is shown is|they are) from"))
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
        expect(page.get_by_role("alert")).to_contain_text("No older ones could be read: HTTP 500")
        page.unroute("**/webhooks/events?*cursor=*")
        older.click()
        expect(page.locator("tbody tr")).to_have_count(51)
        expect(page.get_by_role("alert")).to_have_count(0)


def settle(page: Page) -> None:
    """What came is worked off."""
    page.evaluate("new Promise(done => setTimeout(done, 100))")


def hold(page: Page, path: str) -> list[Route]:
    """Reads of this path wait until they are continued."""
    held: list[Route] = []
    page.route(path, lambda route: held.append(route))
    return held


def test_a_late_answer_asks_about_nothing_that_was_left(
    visit: Any, tenant: Program, receiver: RecordingReceiver
) -> None:
    tenant.subscribe(receiver.url("/created"), event="*")
    tenant.pay()
    add_customer(tenant)
    with visit(tenant) as page:
        press = page.keyboard.press
        expect(rows(page)).to_have_count(2)
        older = rows(page).nth(1).locator(".c-ev").inner_text()
        held = hold(page, "**/webhooks/deliveries/*")
        dialog = page.get_by_role("dialog", name="Replay")
        for _ in range(2):
            press("j")
            with page.expect_request("**/webhooks/deliveries/*"):
                press("r")
        for _ in range(20):
            page.keyboard.down("r")
        page.keyboard.up("r")
        assert len(held) == 2
        held[1].continue_()
        expect(dialog).to_contain_text(older)
        with page.expect_response("**/webhooks/deliveries/*"):
            held[0].continue_()
        settle(page)
        expect(dialog).to_contain_text(older)
        press("Escape")
        expect(dialog).to_have_count(0)
        with page.expect_request("**/webhooks/deliveries/*"):
            press("r")
        press("Escape")
        page.get_by_role("link", name="Settings", exact=True).click()
        with page.expect_response("**/webhooks/deliveries/*"):
            held[2].continue_()
        settle(page)
        expect(page.get_by_role("heading", name="Settings", level=1)).to_be_visible()
        expect(page.get_by_role("dialog")).to_have_count(0)


def lose_answers(page: Page, path: str) -> list[str]:
    """What is sent to this path arrives, and its answers do not; gives the keys it was sent with."""
    keys: list[str] = []

    def lose(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        route.fetch()
        route.abort()

    page.route(path, lose)
    return keys


def test_a_replay_whose_answer_was_lost_is_not_made_twice(
    visit: Any, tenant: Program, receiver: RecordingReceiver
) -> None:
    tenant.subscribe(receiver.url("/created"))
    tenant.pay()
    [delivery] = tenant.finished()
    with visit(tenant, f"/deliveries/{delivery['id']}", forgiven="ERR_FAILED") as page:
        keys = lose_answers(page, "**/retry?*")
        replay, dialog = page.get_by_role("button", name="Replay now"), page.get_by_role("dialog")
        replay.click()
        dialog.get_by_role("button", name="Replay", exact=True).evaluate(
            "button => { for (let i = 0; i < 5; i++) button.click() }"
        )
        expect(dialog).to_contain_text("The server could not be reached.")
        expect(dialog).to_contain_text("It may have been sent all the same.")
        dialog.get_by_role("button", name="Close").click()
        page.unroute("**/retry?*")
        replay.click()
        expect(dialog).to_contain_text("It may have been sent all the same.")
        with page.expect_request("**/retry?*") as again:
            dialog.get_by_role("button", name="Try again").click()
        expect(page.get_by_role("dialog", name="Replayed")).to_contain_text("201")
        assert keys == [again.value.headers["idempotency-key"]]
    assert len(tenant.finished(2)) == 2


def test_a_cancellation_whose_answer_was_lost_is_made_once(
    visit: Any, tenant: Program, receiver: RecordingReceiver
) -> None:
    subscription = tenant.subscribe(receiver.url("/created"))
    tenant.post(f"/webhooks/subscriptions/{subscription['id']}/disable")
    held = tenant.post(f"/webhooks/subscriptions/{subscription['id']}/test")
    with visit(tenant, f"/deliveries/{held['id']}", forgiven="ERR_FAILED") as page:
        keys = lose_answers(page, "**/cancel?*")
        page.get_by_role("button", name="Cancel").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("button", name="Cancel delivery").evaluate(
            "button => { for (let i = 0; i < 5; i++) button.click() }"
        )
        expect(dialog).to_contain_text("It may have been cancelled all the same.")
        page.unroute("**/cancel?*")
        dialog.get_by_role("button", name="Try again").click()
        expect(dialog).to_have_count(0)
        expect(page.get_by_role("main").locator(".tl")).to_contain_text("Cancelled")
        assert len(keys) == 1


def test_a_replay_is_followed_beyond_an_attempt_that_fails(
    visit: Any, tenant: Program, receiver: RecordingReceiver
) -> None:
    tenant.subscribe(receiver.url("/down"), retry_schedule=[1])
    tenant.pay()
    [delivery] = tenant.finished()
    with visit(tenant, f"/deliveries/{delivery['id']}") as page:
        page.get_by_role("button", name="Replay now").click()
        page.get_by_role("dialog").get_by_role("button", name="Replay", exact=True).click()
        expect(page.get_by_role("dialog", name="Replaying")).to_contain_text("Attempt 1")
        over = page.get_by_role("dialog", name="Replayed")
        expect(over).to_contain_text("Attempt 2")
        expect(over).to_contain_text("Failed")


# (body, what is shown of it, what is said of its size): values that a double or a parser would change, what would
# freeze a browser, what is no UTF-8, and what turns the text beside it.
VALUES = '{"z": 12345678901234567890, "a": [1e400, 1.10, -0], "z": "\\u00e9"}'
BODIES: list[tuple[bytes, str, str]] = [
    (
        VALUES.encode(),
        '{\n  "z": 12345678901234567890,\n  "a": [\n    1e400,\n    1.10,\n    -0\n  ],\n  "z": "\\u00e9"\n}',
        f"{len(VALUES)} bytes",
    ),
    (b"[" * 4000 + b"]" * 4000, "[" * 4000 + "]" * 4000, "8,000 bytes"),
    (b"\xff" * 54, "\ufffd" * 54, "54 bytes"),
    ("a\u202eb".encode(), "aU+202Eb", "5 bytes"),
]


def answering(bodies: Iterator[bytes]) -> web.Application:
    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=next(bodies), headers={"X-Turned": "a\u202eb"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    return app


def test_a_body_is_shown_and_copied_as_it_was_received(visit: Any, tenant: Program) -> None:
    bodies = iter([body for body, _, _ in BODIES])
    with BackgroundReceiver(lambda: answering(bodies)) as server:
        tenant.subscribe(server.base)
        for number, (_, shown, size) in enumerate(BODIES, 1):
            tenant.pay()
            delivery = tenant.finished(number)[0]
            with visit(tenant, f"/deliveries/{delivery['id']}") as page:
                box = page.locator(".code-box:not(.sent)")
                expect(box.locator("pre")).to_have_text(shown)
                expect(box).to_contain_text(size)
                expect(page.locator(".hdrs tr").filter(has_text="x-turned")).to_contain_text("aU+202Eb")
                expect(box.get_by_text("Nested too deeply")).to_have_count(int(shown.startswith("[[")))
                box.get_by_role("button", name="Copy body").click()
                copied = shown.replace("U+202E", "\u202e")
                assert page.evaluate("navigator.clipboard.readText()") == copied
