"""Every page and what opens over it: usable without eyes or a mouse by axe's rules, and never wider than its window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

from project.receiver import BEHAVIOURS, BackgroundReceiver, make_app
from tests.e2e.conftest import Program
from tests.e2e.processes import Embedded

SIZES = [{"width": 1440, "height": 900}, {"width": 390, "height": 844}]
WIDTHS = (390, 720, 760, 1000, 1440, 2560)


@pytest.fixture(scope="module")
def tenant(installation: Embedded) -> Iterator[Program]:
    """With one delivery that arrived, one that failed, and one that waits for its retry."""
    receives = BackgroundReceiver(lambda: make_app(BEHAVIOURS))
    with receives as receiver, Program(installation, name="Norte & Compañía") as program:
        program.subscribe(f"{receiver.base}/created", description="Ledger")
        program.subscribe(f"{receiver.base}/down/a-path-that-is-long-enough-to-be-cut", retry_schedule=[0.1])
        program.subscribe(f"{receiver.base}/down", retry_schedule=[3600])
        program.pay()
        program.finished(2)
        yield program


class Visit:
    """Signed in, in a language, once for all tests. Without motion: a colour on its way to another is neither."""

    def __init__(self, browser: Browser, installation: Embedded, tenant: Program, locale: str) -> None:
        self.base, self.slug = installation.base, tenant.slug
        [self.subscription, *_] = [each["id"] for each in tenant.get("/webhooks/subscriptions")["items"]]
        [self.delivery, *_] = tenant.get("/webhooks/deliveries", status="FAILED")["items"]
        self.page = browser.new_context(locale=locale, viewport=SIZES[0], reduced_motion="reduce").new_page()
        self.open_circuits: list[dict[str, Any]] = []
        self.page.route("**/monitor/summary*", self._with_circuits)
        self.page.goto(installation.sign_in)

    def _with_circuits(self, route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, json={**response.json(), "open_circuits": self.open_circuits})

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.base}{path}{'&' if '?' in path else '?'}tenant={self.slug}")
        self.page.locator("main").wait_for()
        return self.page


def live(visit: Visit) -> None:
    expect(visit.open("/").locator("[role=row][data-number]")).to_have_count(4)
    expect(visit.page.locator(".quick .n")).to_have_count(4)


def opened_circuit(visit: Visit) -> None:
    live(visit)
    visit.open_circuits = [{"subscription_id": visit.subscription, "opened_at": "2026-01-02T03:04:05Z", "held": 3}]
    visit.page.get_by_role("alert").wait_for()
    visit.open_circuits = []


def offers(visit: Visit) -> None:
    live(visit)
    visit.page.locator("#filter").click()
    visit.page.locator("#filter-offers li").first.wait_for()


def mistaken_filter(visit: Visit) -> None:
    visit.open("/?q=status:failed+status:zzz").locator("#filter-problem").wait_for()


def history(visit: Visit) -> None:
    expect(visit.open("/?range=1h").locator("[role=row][data-number]")).to_have_count(4)
    visit.page.locator(".why-past").wait_for()


def nothing_matches(visit: Visit) -> None:
    visit.open("/?q=event:invoice.sent").locator(".empty h2").wait_for()


def range_dialog(visit: Visit) -> None:
    visit.open("/").locator(".ranges button").last.click()
    visit.page.locator("dialog .btn.primary").wait_for()


def shortcuts(visit: Visit) -> None:
    visit.open("/")
    visit.page.keyboard.press("?")
    visit.page.locator("dialog .keys").wait_for()


def account(visit: Visit) -> None:
    visit.open("/").locator(".avatar").click()
    visit.page.get_by_role("menu").wait_for()


def drawer(visit: Visit) -> None:
    live(visit)
    visit.page.locator(".r-failed .c-time").click()
    visit.page.locator(".drawer .sig").wait_for()


def replay(visit: Visit) -> None:
    drawer(visit)
    visit.page.locator(".drawer .btn.primary").click()
    visit.page.locator("dialog .btn.primary").wait_for()


def delivery(visit: Visit) -> None:
    visit.open(f"/deliveries/{visit.delivery['id']}").locator(".sig").wait_for()


def subscriptions(visit: Visit) -> None:
    expect(visit.open("/subscriptions").locator("tbody tr")).to_have_count(3)


def subscription_menu(visit: Visit) -> None:
    subscriptions(visit)
    visit.page.locator("tbody tr").first.get_by_role("button").click()
    visit.page.get_by_role("menu").wait_for()


def new_subscription(visit: Visit) -> None:
    visit.open("/subscriptions?new=1").locator("dialog.side input").first.wait_for()


def editing(visit: Visit) -> None:
    visit.open(f"/subscriptions?edit={visit.subscription}").locator("dialog.side input").first.wait_for()


def endpoints(visit: Visit) -> None:
    visit.open("/endpoints").locator("tr.ep-row").first.click()
    visit.page.locator(".ep-detail").wait_for()


def metrics(visit: Visit) -> None:
    visit.open("/charts").get_by_role("slider").first.wait_for()


def metrics_as_a_table(visit: Visit) -> None:
    metrics(visit)
    visit.page.locator(".mp-h button").first.click()
    visit.page.locator(".mp table").first.wait_for()


def events(visit: Visit) -> None:
    expect(visit.open("/events").locator("tbody tr")).to_have_count(1)


def event(visit: Visit) -> None:
    visit.open(f"/events?event={visit.delivery['event_id']}").locator("dialog.side pre").wait_for()


def settings(visit: Visit) -> None:
    visit.open("/settings").get_by_role("combobox").click()
    visit.page.get_by_role("option").first.wait_for()


STATES: list[Callable[[Visit], None]] = [
    live, opened_circuit, offers, mistaken_filter, history, nothing_matches, range_dialog, shortcuts, account, drawer,
    replay, delivery, subscriptions, subscription_menu, new_subscription, editing, endpoints, metrics,
    metrics_as_a_table, events, event, settings,
]  # fmt: skip


@pytest.fixture(scope="module")
def english(browser: Browser, installation: Embedded, tenant: Program) -> Iterator[Visit]:
    visit = Visit(browser, installation, tenant, "en-GB")
    yield visit
    visit.page.context.close()


@pytest.fixture(scope="module")
def spanish(browser: Browser, installation: Embedded, tenant: Program) -> Iterator[Visit]:
    visit = Visit(browser, installation, tenant, "es-ES")
    yield visit
    visit.page.context.close()


def faults(page: Page) -> list[Any]:
    """What axe finds, wide and narrow; of dark colours it looks at what they change."""
    found, axe = [], Axe()
    for size in SIZES:
        page.set_viewport_size(size)
        for scheme, options in (("light", {}), ("dark", {"runOnly": ["color-contrast"]})):
            page.emulate_media(color_scheme=scheme)
            run = axe.run(page, options={"resultTypes": ["violations"], **options})
            axe.axe_script = "0"  # the page has it now
            for each in run.response["violations"]:
                found.append((size["width"], scheme, each["id"], [node["html"][:200] for node in each["nodes"]]))
    page.set_viewport_size(SIZES[0])
    return found


# Where the window's edge is passed, and by what.
WIDER = """async () => {
    await new Promise(done => requestAnimationFrame(() => setTimeout(done)))
    const {scrollWidth, clientWidth} = document.documentElement
    if (scrollWidth <= clientWidth) return []
    const passes = element => element.getBoundingClientRect().right > clientWidth
    const out = [...document.querySelectorAll("body *")].filter(passes)
    return [clientWidth, scrollWidth, ...out.map(each => each.outerHTML.slice(0, 120))]
}"""


def wider(page: Page) -> list[Any]:
    """What makes the page scroll sideways, at any width."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found += page.evaluate(WIDER)
    page.set_viewport_size(SIZES[0])
    return found


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_a_page_is_usable_by_everybody_and_fits_every_width(english: Visit, state: Callable[[Visit], None]) -> None:
    state(english)
    assert faults(english.page) == []
    assert wider(english.page) == []


def test_spanish_words_fit_every_width(spanish: Visit) -> None:
    for state in STATES:
        state(spanish)
        assert wider(spanish.page) == [], state.__name__


@pytest.mark.parametrize("locale", ["en-GB", "es-ES"])
def test_signing_in_is_usable_by_everybody(browser: Browser, installation: Embedded, locale: str) -> None:
    page = browser.new_context(locale=locale, reduced_motion="reduce").new_page()
    page.goto(f"{installation.base}/sign-in")
    page.locator("input[type=password]").fill("guessed")
    page.locator("input[name=username]").fill("nobody")
    page.locator("button[type=submit]").click()
    page.get_by_role("alert").wait_for()
    assert faults(page) == []
    assert wider(page) == []
    page.context.close()
