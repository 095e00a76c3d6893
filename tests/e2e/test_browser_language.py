"""The pages in Spanish, and the settings that change language, time zone and alerts."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import RecordingReceiver
from tests.e2e.conftest import Program
from tests.e2e.processes import Embedded

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture
def tenant(installation: Embedded, receiver: RecordingReceiver) -> Iterator[Program]:
    """With one delivery that arrived, and one that failed."""
    with Program(installation, name=secrets.token_hex(4)) as program:
        program.subscribe(receiver.url("/created"))
        program.subscribe(receiver.url("/down"), retry_schedule=[0.1])
        program.pay()
        program.finished(2)
        yield program


@pytest.fixture
def visit(browser: Browser, installation: Embedded, tenant: Program) -> Any:
    """Signs in with a new browser and opens a page of the tenant. Nothing may be written to the console."""

    @contextmanager
    def visit(path: str, locale: str = "es-ES", **options: Any) -> Iterator[Page]:
        context = browser.new_context(locale=locale, **{"viewport": WIDE, **options})
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(installation.sign_in)
        page.goto(f"{installation.base}{path}{'&' if '?' in path else '?'}tenant={tenant.slug}")
        page.locator("main").wait_for()
        yield page
        context.close()
        assert complaints == []

    return visit


def rows(page: Page) -> Any:
    return page.locator("[role=grid] [role=row][data-number]")


def test_sign_in_and_pages_speak_the_browsers_language(browser: Browser, installation: Embedded, visit: Any) -> None:
    stranger = browser.new_context(locale="es-ES").new_page()
    stranger.goto(f"{installation.base}/sign-in")
    stranger.get_by_label("Correo electrónico").fill("nobody")
    stranger.get_by_label("Contraseña").fill("guessed")
    stranger.get_by_role("button", name="Iniciar sesión").click()
    expect(stranger.get_by_role("alert")).to_have_text("El correo electrónico o la contraseña no son correctos.")
    stranger.context.close()
    with visit("/") as page:
        expect(page.get_by_text("Conectado")).to_be_visible()
        expect(rows(page).filter(has_text="Fallida")).to_contain_text("sin más reintentos")
        assert page.evaluate("document.documentElement.lang") == "es"
        assert page.title().startswith("En vivo · ")


def test_the_chosen_language_stays_at_the_same_address(visit: Any, tenant: Program) -> None:
    with visit("/settings", locale="en-GB") as page:
        expect(page.get_by_role("heading", name="Settings")).to_be_visible()
        address = page.url
        page.get_by_role("button", name="Español").click()
        expect(page.get_by_role("heading", name="Ajustes")).to_be_visible()
        assert page.url == address
        page.reload()
        expect(page.get_by_role("button", name="Español", pressed=True)).to_be_visible()
        page.get_by_role("link", name="En vivo").click()
        expect(rows(page).filter(has_text="Entregada")).to_have_count(1)
        page.get_by_role("link", name="Ajustes").click()
        page.get_by_role("button", name="Como el navegador").nth(0).click()
        expect(page.get_by_role("heading", name="Settings")).to_be_visible()


# Whatever a page shows or has read aloud, but for data: codes, ids, addresses, bodies and what is typed as it stands.
SAID = """() => {
    const data = "pre, kbd, table.hdrs, .mono, .c-ev, .c-ep, .out, .ck, .url, .zone, script, .zone-field li, .offers b"
    const said = new Set([document.title])
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node; node = walker.nextNode())
        if (!node.parentElement.closest(data)) said.add(node.textContent.trim())
    for (const element of document.querySelectorAll("[aria-label], [title], [placeholder]"))
        for (const name of ["aria-label", "title", "placeholder"])
            if (!element.closest(data)) said.add((element.getAttribute(name) ?? "").trim())
    return [...said]
}"""

# The same in both languages: names, protocols, figures, and what the filter is typed in.
SAME = re.compile(
    r"GestiqCloud( Webhooks)?|Webhooks|operator|English|Español|HMAC-SHA256, v1|POST|webhook-signature|Id|JSON|P\d\d|"
    r"payment\.\w+|success|(http_5xx: )?(503 )?(Created|Service Unavailable)|http_5xx|/api/v1/docs|/metrics|status:\w+|"
    r"[\d,.:/< ]*(ms|s|min|h|d)?|P50 \d+ ms|\d+ bytes(, application/json)?|(http://127\.0\.0\.1:\d+)?/(created|down)|"
    r"127\.0\.0\.1.*|\w|\W*"
)


def everything_said(page: Page, installation: Embedded, tenant: Program) -> set[str]:
    """In all the places that one can get to."""
    said: set[str] = set()

    def listen() -> None:
        page.wait_for_timeout(150)
        said.update(page.evaluate(SAID))

    expect(rows(page).filter(has_text="/created")).to_have_count(1)
    expect(page.locator(".quick .n")).to_have_count(4)
    listen()
    page.locator(".avatar").click()
    listen()
    page.keyboard.press("Escape")
    page.locator("#filter").click()
    listen()
    page.locator("#filter").fill("status:x")
    page.keyboard.press("Enter")
    listen()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_be_visible()
    listen()
    page.keyboard.press("Escape")
    for path in ("/created", "/down"):
        rows(page).filter(has_text=path).first.locator(".c-time").click()
        expect(page.locator(".drawer .sig")).to_be_visible()
        listen()
        page.locator(".drawer [role=tab]").filter(has_text=re.compile("Request|Petición")).click()
        listen()
    page.locator(".drawer .btn.primary").click()
    listen()
    page.locator("dialog .btn.primary").click()
    expect(page.locator("dialog .result")).to_be_visible()
    listen()
    page.keyboard.press("Escape")
    page.goto(f"{installation.base}/?tenant={tenant.slug}&q=-status:failed+event:payment.failed")
    expect(page.locator(".empty h2")).to_be_visible()
    listen()
    page.locator(".empty .btn.primary").click()
    page.goto(f"{installation.base}/deliveries/zzz?tenant={tenant.slug}")
    expect(page.locator(".empty h2")).to_be_visible()
    listen()
    for other in ("subscriptions", "endpoints", "charts", "events"):
        page.goto(f"{installation.base}/{other}?tenant={tenant.slug}")
        page.wait_for_load_state("networkidle")
        listen()
    page.goto(f"{installation.base}/settings?tenant={tenant.slug}")
    page.get_by_role("combobox").click()
    listen()
    return said


def test_nothing_in_spanish_is_said_as_in_english(visit: Any, installation: Embedded, tenant: Program) -> None:
    with visit("/", locale="en-GB") as page:
        english = everything_said(page, installation, tenant)
    with visit("/") as page:
        spanish = everything_said(page, installation, tenant)
    left = {text for text in english & spanish if not SAME.fullmatch(text) and tenant.slug not in text}
    assert left == set()
    assert len(english) > 150


def test_times_follow_the_chosen_zone_at_once(visit: Any) -> None:
    with visit("/", locale="en-GB", timezone_id="Europe/Madrid") as page:
        time = rows(page).filter(has_text="/created").locator(".c-time")
        before = time.inner_text()
        expect(page.locator(".foot .zone")).to_contain_text("Madrid, UTC+")
        page.get_by_role("link", name="Settings").click()
        page.get_by_role("combobox", name="Time zone").fill("kathm")
        page.get_by_role("option", name="Asia/Kathmandu").click()
        expect(page.get_by_role("combobox", name="Time zone")).to_have_value("Asia/Kathmandu")
        page.get_by_role("link", name="Live").click()
        expect(page.locator(".foot .zone")).to_have_text("Kathmandu, UTC+5:45")
        assert since_midnight(time.inner_text()) - since_midnight(before) in KATHMANDU_FROM_MADRID
        page.reload()
        expect(page.locator(".foot .zone")).to_have_text("Kathmandu, UTC+5:45")


# In winter and in summer; past midnight a day less.
KATHMANDU_FROM_MADRID = {
    timedelta(hours=hours, minutes=45) - timedelta(days=days) for hours in (4, 3) for days in (0, 1)
}


def since_midnight(time: str) -> timedelta:
    hours, minutes, seconds = time.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes), seconds=float(seconds))


@pytest.mark.parametrize("locale", ["es-ES", "en-GB"])
def test_nothing_overflows_on_a_phone(visit: Any, installation: Embedded, tenant: Program, locale: str) -> None:
    def assert_fits(page: Page) -> None:
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert page.evaluate(CUT_OFF) == []

    with visit("/", locale=locale, viewport=PHONE) as page:
        expect(rows(page)).to_have_count(3)
        expect(page.locator(".figs")).to_contain_text("%")
        assert_fits(page)
        page.locator(".avatar").click()
        assert_fits(page)
        page.keyboard.press("Escape")
        rows(page).last.locator(".c-time").click()
        expect(page.locator(".drawer .sig")).to_be_visible()
        assert_fits(page)
        page.locator(".drawer .btn.primary").click()
        assert_fits(page)
        page.goto(f"{installation.base}/settings?tenant={tenant.slug}")
        page.get_by_role("combobox").click()
        assert_fits(page)


# Labels that lose their ends where they have no room.
CUT_OFF = """() => {
    const labels = ".fl, .fv, .btn, .tabbar span, .seg button, .set-what, .strip"
    const cut = ({scrollWidth: needs, clientWidth: has}) => has > 1 && needs > has + 1
    return [...document.querySelectorAll(labels)].filter(cut).map((element) => element.textContent)
}"""


def test_notifications_need_the_browsers_permission(visit: Any) -> None:
    with visit("/settings", locale="en-GB") as page:
        switch = page.get_by_role("switch", name="Desktop notification")
        expect(switch).not_to_be_checked()
        switch.click()
        expect(page.get_by_text("This browser refuses notifications of this site.")).to_be_visible()
        expect(switch).not_to_be_checked()
        page.context.grant_permissions(["notifications"])
        switch.click()
        expect(switch).to_be_checked()
        page.reload()
        expect(switch).to_be_checked()
