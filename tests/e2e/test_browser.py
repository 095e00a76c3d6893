"""The live page in a real browser: signing in, seeing a delivery arrive, opening it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from playwright.sync_api import Browser, Page, Request, WebSocketRoute, expect

from project.receiver import BackgroundReceiver
from tests.conftest import RecordingReceiver
from tests.e2e.conftest import Program
from tests.e2e.processes import Embedded


@pytest.fixture
def tenant(installation: Embedded) -> Iterator[Program]:
    with Program(installation, name=secrets.token_hex(4)) as program:
        yield program


@pytest.fixture
def requests() -> list[Request]:
    return []


@pytest.fixture
def page(browser: Browser, installation: Embedded, tenant: Program, requests: list[Request]) -> Iterator[Page]:
    """Signed in by the link on the console, at the tenant's live page. Nothing may be written to the console."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requests.append(request))
    page.goto(installation.sign_in)
    page.goto(f"{installation.base}/?tenant={tenant.slug}")
    expect(page.get_by_text("Connected")).to_be_visible()
    yield page
    context.close()
    assert complaints == []


def rows(page: Page) -> Any:
    return page.locator("[role=grid] [role=row][data-number]")


def test_a_delivery_arrives_live_and_opens(page: Page, tenant: Program, receiver: RecordingReceiver) -> None:
    expect(page.get_by_text("No deliveries yet")).to_be_visible()
    tenant.subscribe(receiver.url("/created"))
    tenant.pay()
    row = rows(page).filter(has_text="payment.received")
    expect(row).to_contain_text("Delivered")
    expect(row).to_contain_text("201")
    expect(row).to_contain_text("/created")
    row.click()
    drawer = page.get_by_role("dialog", name="Delivery of payment.received")
    expect(drawer.get_by_role("heading", name="payment.received")).to_be_visible()
    expect(drawer).to_contain_text("Attempt 1")
    expect(drawer).to_contain_text('"amount": "125.00"')
    expect(page.get_by_text("Paused: a delivery is open")).to_be_visible()
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)


def test_retries_and_the_failure_are_seen(page: Page, tenant: Program, receiver: RecordingReceiver) -> None:
    tenant.subscribe(receiver.url("/down"), retry_schedule=[0.1, 0.1])
    tenant.pay()
    expect(rows(page).filter(has_text="Retrying")).to_have_count(2)
    failed = rows(page).filter(has_text="Failed")
    expect(failed).to_contain_text("3/3")
    expect(failed).to_contain_text("no retries left")


def test_a_filter_shows_only_what_matches(page: Page, tenant: Program, receiver: RecordingReceiver) -> None:
    tenant.subscribe(receiver.url("/created"))
    tenant.subscribe(receiver.url("/down"), retry_schedule=[0.1])
    tenant.pay()
    expect(rows(page)).to_have_count(3)
    page.get_by_role("combobox", name="Filter").fill("status:failed")
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("Failed")
    assert "q=status%3Afailed" in page.url or "q=status:failed" in page.url
    page.reload()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("combobox", name="Filter").fill("event:payment.failed")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing matches these 2 filters")).to_be_visible()


def test_a_pause_holds_the_list_and_says_how_much_is_new(
    page: Page, tenant: Program, receiver: RecordingReceiver
) -> None:
    tenant.subscribe(receiver.url("/created"))
    tenant.pay()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused by you")).to_be_visible()
    tenant.pay()
    expect(page.get_by_role("button", name="1 new")).to_be_visible()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="1 new").click()
    expect(rows(page)).to_have_count(2)


def test_a_replay_is_shown_to_its_end(page: Page, tenant: Program, receiver: RecordingReceiver) -> None:
    tenant.subscribe(receiver.url("/created"))
    tenant.pay()
    rows(page).click()
    page.get_by_role("button", name="Replay now").click()
    page.get_by_role("button", name="Replay", exact=True).click()
    expect(page.get_by_role("dialog", name="Replayed")).to_contain_text("201")
    assert len(receiver.requests) == 2
    assert len({request.id for request in receiver.requests}) == 1
    page.get_by_role("button", name="Close", exact=True).click()
    replayed = page.get_by_role("dialog").locator(".tl li").filter(has_text="Replayed")
    expect(replayed).to_contain_text("Delivered")
    replayed.get_by_role("link").click()
    expect(page.locator(".facts div").filter(has_text="Replay of").get_by_role("link")).to_be_visible()


def test_what_a_receiver_answers_is_shown_as_text(page: Page, tenant: Program) -> None:
    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(text="<script>document.title='owned'</script><img src=x onerror=alert(1)>")

    def hostile() -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        return app

    with BackgroundReceiver(hostile) as server:
        tenant.subscribe(server.base)
        tenant.pay()
        rows(page).click()
        expect(page.get_by_role("dialog")).to_contain_text("<script>document.title='owned'</script>")
    assert page.title() != "owned"


def test_nothing_is_asked_of_another_origin(page: Page, requests: list[Request], installation: Embedded) -> None:
    expect(page.get_by_text("No deliveries yet")).to_be_visible()
    hosts = {re.match(r"\w+://([^/]+)", request.url)[1] for request in requests if not request.url.startswith("data:")}  # type: ignore[index]
    assert hosts == {f"127.0.0.1:{installation.port}"}


def test_the_api_describes_itself_under_the_same_policy(page: Page, installation: Embedded) -> None:
    """What the policy forbids would be on the console."""
    page.goto(f"{installation.base}/api/v1/docs")
    expect(page.get_by_text("Create a subscription").first).to_be_visible()


def test_inline_code_does_not_run(browser: Browser, installation: Embedded, tenant: Program) -> None:
    """As somebody would have to get it into the page."""
    page = browser.new_context().new_page()
    page.goto(installation.sign_in)
    with page.expect_console_message(lambda message: "Content Security Policy" in message.text):
        page.evaluate("""() => {
            const script = document.createElement("script")
            script.textContent = "window.owned = true"
            document.body.append(script)
        }""")
    assert page.evaluate("window.owned") is None
    page.context.close()


def test_the_page_fits_a_phone(page: Page, tenant: Program, receiver: RecordingReceiver) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    tenant.subscribe(receiver.url("/created"))
    tenant.pay()
    expect(rows(page)).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    rows(page).click()
    expect(page.get_by_role("dialog")).to_contain_text("Attempt 1")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_what_cannot_be_read_of_a_filter_is_said(
    page: Page, tenant: Program, receiver: RecordingReceiver, installation: Embedded
) -> None:
    tenant.subscribe(receiver.url("/down"), retry_schedule=[0.1])
    tenant.pay()
    expect(rows(page)).to_have_count(2)
    page.goto(f"{installation.base}/?tenant={tenant.slug}&q=status:failed+status:zzz")
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_role("button", name="Remove filter status failed")).to_be_visible()
    field = page.get_by_role("combobox", name="Filter")
    expect(field).to_have_value("status:zzz")
    expect(page.get_by_role("alert")).to_contain_text("status is one of pending")
    assert page.url.endswith(f"/?tenant={tenant.slug}&q=status:failed")
    field.fill("status:zzz")
    expect(page.get_by_role("alert")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("status is one of pending")


def test_an_address_of_no_delivery_says_so(page: Page, installation: Embedded, tenant: Program) -> None:
    page.goto(f"{installation.base}/?tenant={tenant.slug}&delivery=zzz")
    expect(page.get_by_role("dialog")).to_contain_text("No such delivery")


def test_a_lost_network_is_shown_at_once(browser: Browser, installation: Embedded, tenant: Program) -> None:
    # Not `page`: a browser writes of failed connections to the console.
    context = browser.new_context()
    page = context.new_page()
    page.goto(installation.sign_in)
    page.goto(f"{installation.base}/?tenant={tenant.slug}")
    expect(page.get_by_text("Connected")).to_be_visible()
    context.set_offline(True)
    expect(page.locator(".strip")).to_contain_text("Offline", timeout=3_000)
    context.set_offline(False)
    expect(page.get_by_text("Connected")).to_be_visible()
    context.close()


def test_a_server_that_falls_silent_is_noticed(page: Page, installation: Embedded, tenant: Program) -> None:
    silent = False

    def between(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        server.on_message(lambda message: None if silent else route.send(message))

    page.route_web_socket("**/ws/v1/feed*", between)
    page.reload()
    expect(page.get_by_text("Connected")).to_be_visible()
    silent = True
    expect(page.locator(".strip")).to_contain_text("Offline", timeout=14_000)
    silent = False
    expect(page.get_by_text("Connected")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 390])
def test_the_reason_of_a_refused_connection_is_said(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.route_web_socket("**/ws/v1/feed*", lambda route: route.close(code=4429))
    page.reload()
    strip = page.locator(".strip")
    expect(strip.get_by_text("Too many live pages are open")).to_be_visible()
    expect(strip.get_by_text("Retry now")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert strip.evaluate(
        "strip => strip.scrollWidth === strip.clientWidth && strip.scrollHeight === strip.clientHeight"
    )


def test_a_restart_of_the_server_is_shown_and_recovered_from(
    browser: Browser, tmp_path: Path, receiver: RecordingReceiver
) -> None:
    system = Embedded(tmp_path / "var")
    system.start()
    with Program(system) as program:
        program.subscribe(receiver.url("/created"))
        page = browser.new_context().new_page()
        page.goto(system.sign_in)
        program.pay()
        expect(rows(page)).to_have_count(1)
        system.stop()
        expect(page.locator(".strip")).to_contain_text("Offline")
        system.start()
        expect(page.get_by_text("Connected")).to_be_visible()
        program.pay()
        # The embedded feed log lives in memory: the page says that numbers began anew, and keeps its rows.
        expect(rows(page)).to_have_count(2)
        restart = page.get_by_role("row").filter(has_text="The feed started anew")
        expect(restart).to_contain_text("may be missing, how many is not known")
        expect(restart.get_by_role("link", name="Open in history")).to_be_visible()
        page.context.close()
    system.stop()
