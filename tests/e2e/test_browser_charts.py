"""The pages with charts in a real browser, over known figures: what the server would say of them is made up."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.e2e.conftest import Program
from tests.e2e.processes import Embedded

BEGIN = 1763989200000  # 2025-11-24 14:00 in Madrid
STEPS = 10
MINUTE = 60_000
RETRIED = ("http_5xx", "timeout")
AT_6 = {"success": 900, "503": 60, "timeout": 40}


def line(**at: int) -> list[int]:
    """A value for each step; `_6=3` is that of step 6, `rest` that of the others."""
    return [at.get(f"_{step}", at.get("rest", 0)) for step in range(STEPS)]


def history(**different: Any) -> dict[str, Any]:
    """Ten minutes: 500 attempts in each, all of them good but for minute 6."""
    good, down, late = line(rest=500, _6=900), line(_6=60), line(_6=40)
    return {
        "source": "attempts",
        "scope": "tenant",
        "since": BEGIN,
        "until": BEGIN + STEPS * MINUTE,
        "step": 60,
        "at": [BEGIN + step * MINUTE for step in range(STEPS)],
        "attempts": line(rest=500, _6=1000),
        "outcomes": {"success": good, "http_5xx": down, "timeout": late},
        "codes": {"200": good, "503": down, "none": late},
        "retries": {"http_5xx": down, "timeout": late},
        "latency": {"p50": line(rest=80), "p95": line(rest=300, _6=1730), "p99": line(rest=900, _6=4170)},
        "backlog": {
            "waiting": line(rest=12, _6=736),
            "retrying": line(rest=2, _6=224),
            "held": line(_6=287),
            "oldest_pending_at": [BEGIN] * STEPS,
        },
        **different,
    }


def endpoint(subscription: str, **different: Any) -> dict[str, Any]:
    return {
        "subscription_id": subscription,
        "attempts": 0,
        "failed": 0,
        "p95_ms": None,
        "waiting": 0,
        "held": 0,
        "oldest_pending_at": None,
        "last_attempt_at": None,
        "last_error": None,
        "circuit": {
            "state": "closed",
            "opened_at": None,
            "closed_at": None,
            "probe_at": None,
            "in_flight": None,
            "limit": None,
        },
        "series": [[0, 0]] * 60,
        **different,
    }


def endpoints(*items: dict[str, Any]) -> dict[str, Any]:
    return {
        "now": "2025-11-24T13:32:07Z",
        "since": "2025-11-24T12:32:07Z",
        "step_seconds": 60,
        "items": list(items),
    }


def open_circuit(at: str = "2025-11-24T13:28:28Z") -> dict[str, Any]:
    return {
        "state": "open",
        "opened_at": at,
        "closed_at": None,
        "probe_at": "2025-11-24T13:35:58Z",
        "in_flight": None,
        "limit": None,
    }


@pytest.fixture(scope="module")
def tenant(installation: Embedded) -> Iterator[Program]:
    with Program(installation) as program:
        yield program


@pytest.fixture
def complaints() -> list[str]:
    """What was written to the console."""
    return []


@pytest.fixture
def page(browser: Browser, installation: Embedded, complaints: list[str]) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, timezone_id="Europe/Madrid")
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(installation.sign_in)
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def visit(page: Page, installation: Embedded, tenant: Program) -> Callable[..., Page]:
    """Opens a page of the tenant."""

    def opened(path: str, **query: str) -> Page:
        words = "".join(f"&{name}={value}" for name, value in query.items())
        page.goto(f"{installation.base}{path}?tenant={tenant.slug}{words}")
        return page

    return opened


def answer(page: Page, path: str, told: Callable[[], Any]) -> list[dict[str, list[str]]]:
    """Lets `told` answer for the server; returns the queries that are asked."""
    asked: list[dict[str, list[str]]] = []

    def reply(route: Route) -> None:
        asked.append(parse_qs(urlparse(route.request.url).query))
        route.fulfill(json=told())

    page.route(re.compile(rf"/monitor/{path}\?"), reply)
    return asked


def panel(page: Page, title: str) -> Locator:
    return page.get_by_role("region", name=title, exact=True)


def legend(of: Locator) -> dict[str, str]:
    return dict(each.split("\n") for each in of.locator(".legend li").all_inner_texts())


def step_6(page: Page) -> None:
    """The keyboard's way to minute 6: the cursor begins at the newest."""
    page.get_by_role("slider", name="Success rate").focus()
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("slider", name="Success rate")).to_have_attribute("aria-valuenow", "6")


def drag(page: Page, begin: int, end: int) -> None:
    """Over the plot of the first chart, from step to step."""
    box = page.get_by_role("slider", name="Success rate").bounding_box()
    assert box
    left, width = 43.0, box["width"] - 43 - 8
    place = [box["x"] + left + (step + 0.5) * width / STEPS for step in (begin, end)]
    page.mouse.move(place[0], box["y"] + 120)
    page.mouse.down()
    page.mouse.move(place[1], box["y"] + 120, steps=5)
    page.mouse.up()


def test_endpoints_are_shown_as_the_server_says_worst_first(
    page: Page, tenant: Program, visit: Callable[..., Page]
) -> None:
    worst = tenant.subscribe("http://hooks.norte.example/in/erp", description="Norte distribution")["id"]
    fine = tenant.subscribe("http://billing.cobalt.example/gestiq")["id"]
    error = {"outcome": "http_5xx", "error": "http_5xx: 503 Service Unavailable", "at": "2025-11-24T13:31:00Z"}
    failing = endpoint(
        worst,
        attempts=1000,
        failed=288,
        p95_ms=8900,
        waiting=160,
        held=157,
        oldest_pending_at="2025-11-24T13:28:28Z",
        last_error=error,
        circuit=open_circuit(),
    )
    answer(page, "endpoints", lambda: endpoints(failing, endpoint(fine, attempts=10_000, failed=1, p95_ms=176)))
    visit("/endpoints")
    rows = page.locator("tr.ep-row")
    expect(rows).to_have_count(2)
    first = ["hooks.norte.example/in/erp", "Norte distribution", "Open", "Probe in 3 m", "71.2 %", "8,900 ms", "160"]
    for words in [*first, "http_5xx", "503 Service Unavailable"]:
        expect(rows.nth(0)).to_contain_text(words)
    for words in ["billing.cobalt.example/gestiq", "Closed", "99.99 %", "176 ms", "None in the last hour"]:
        expect(rows.nth(1)).to_contain_text(words)
    expect(page.get_by_role("img", name="712 answered 2xx, 288 failed")).to_be_visible()
    expect(page.get_by_text("Circuit opened: hooks.norte.example at 14:28:28. 157 deliveries are held")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("link", name="Show in Live")).to_have_attribute("href", re.compile(rf"q=endpoint:{worst}"))


def test_tiles_and_words_narrow_the_endpoints_and_are_in_the_address(
    page: Page, tenant: Program, visit: Callable[..., Page]
) -> None:
    ids = [tenant.subscribe(f"http://{host}.example/")["id"] for host in ("norte", "sur", "este")]
    tenant.post(f"/webhooks/subscriptions/{ids[2]}/disable")
    ramping = {**open_circuit(), "state": "ramping", "in_flight": 4, "limit": 32}
    told = endpoints(endpoint(ids[0], circuit=ramping), *map(endpoint, ids[1:]))
    asked = answer(page, "endpoints", lambda: told)
    visit("/endpoints", range="24h")
    rows = page.locator("tr.ep-row")
    expect(rows).to_have_count(3)
    assert asked[0]["range"] == ["24h"]
    page.get_by_role("button", name="1 ramping 4 of 32 in flight").click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("norte.example")
    page.get_by_role("button", name="1 not active 1 paused").click()
    expect(rows).to_contain_text("Paused")
    page.get_by_role("button", name="1 not active").click()
    page.get_by_role("searchbox").fill("SUR")
    expect(rows).to_have_count(1)
    assert "q=SUR" in page.url
    page.reload()
    expect(page.get_by_role("searchbox")).to_have_value("SUR")
    expect(rows).to_contain_text("sur.example")
    page.get_by_role("searchbox").fill("nobody")
    page.get_by_role("button", name="Show all endpoints").click()
    expect(rows).to_have_count(3)


def test_a_circuit_that_opens_before_the_readers_eyes_is_an_alert(
    page: Page, tenant: Program, visit: Callable[..., Page]
) -> None:
    id_ = tenant.subscribe("http://norte.example/")["id"]
    told = endpoints(endpoint(id_))
    answer(page, "endpoints", lambda: told)
    visit("/endpoints", range="15m")
    expect(page.locator("tr.ep-row")).to_contain_text("Closed")
    told = endpoints(endpoint(id_, circuit=open_circuit(), held=1))
    expect(page.get_by_role("alert")).to_contain_text("1 delivery is held and keeps its retries")


def test_a_failed_reload_keeps_what_is_shown_and_says_so(
    page: Page, tenant: Program, visit: Callable[..., Page], complaints: list[str]
) -> None:
    id_ = tenant.subscribe("http://norte.example/")["id"]
    answer(page, "endpoints", lambda: endpoints(endpoint(id_)))
    visit("/endpoints", range="15m")
    expect(page.locator("tr.ep-row")).to_have_count(1)
    page.route(re.compile(r"/monitor/endpoints\?"), lambda route: route.fulfill(status=500, json={"detail": "busy"}))
    expect(page.get_by_text("Not up to date: what is shown is from")).to_be_visible()
    expect(page.get_by_text("busy")).to_be_visible()
    expect(page.locator("tr.ep-row")).to_have_count(1)
    page.unroute(re.compile(r"/monitor/endpoints\?"))
    assert all("500" in each for each in complaints)
    complaints.clear()


def test_behind_a_row_are_its_failed_deliveries(page: Page, tenant: Program, visit: Callable[..., Page]) -> None:
    id_ = tenant.subscribe("http://127.0.0.1:1/", retry_schedule=[])["id"]
    tenant.pay()
    [failed] = tenant.finished(status="FAILED")
    answer(page, "endpoints", lambda: endpoints(endpoint(id_)))
    visit("/endpoints")
    page.get_by_role("button", name="Details: 127.0.0.1:1").click()
    page.reload()
    expect(page.get_by_role("button", name="Details: 127.0.0.1:1")).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("link", name="All in Live")).to_have_attribute("href", re.compile("q=status:failed"))
    page.get_by_role("link", name="payment.received").click()
    expect(page.get_by_role("dialog", name="Delivery of payment.received")).to_contain_text(failed["id"])


def test_one_held_delivery_can_be_tried_at_once(page: Page, tenant: Program, visit: Callable[..., Page]) -> None:
    id_ = tenant.subscribe("http://norte.example/")["id"]
    answer(page, "endpoints", lambda: endpoints(endpoint(id_, circuit=open_circuit(), waiting=2, held=2)))
    waiting = [{"id": "a", "held": None}, {"id": "b", "held": "circuit"}]
    page.route(
        re.compile(r"/webhooks/deliveries\?"), lambda route: route.fulfill(json={"items": waiting, "next_cursor": None})
    )
    tried: list[str] = []

    def retry(route: Route) -> None:
        tried.append(urlparse(route.request.url).path)
        route.fulfill(status=202, json={})

    page.route(re.compile(r"/retry\?"), retry)
    visit("/endpoints")
    page.get_by_role("button", name="Details: norte.example").click()
    page.get_by_role("button", name="Try now").click()
    expect(page.get_by_text("Tried: the next probe is due now.")).to_be_visible()
    assert tried == ["/api/v1/tenant/webhooks/deliveries/b/retry"]


def test_endpoints_on_a_phone_are_name_state_and_success(
    page: Page, tenant: Program, visit: Callable[..., Page]
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    id_ = tenant.subscribe("http://hooks.sur-logistica.example/gestiq/events")["id"]
    answer(page, "endpoints", lambda: endpoints(endpoint(id_, attempts=100, failed=2, p95_ms=388, waiting=4)))
    visit("/endpoints")
    row = page.locator("tr.ep-row")
    expect(row.locator("td:visible, th:visible")).to_have_count(4)
    expect(row).to_contain_text("98.0 %")
    row.click()
    expect(page.locator(".ep-detail")).to_contain_text("388 ms")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_metrics_show_the_servers_figures(page: Page, visit: Callable[..., Page]) -> None:
    answer(page, "history", history)
    visit("/charts")
    expect(panel(page, "Success rate").locator(".mp-now")).to_have_text("98.1 %")  # 5400 of 5500
    expect(panel(page, "Backlog").locator(".mp-now")).to_have_text("12")
    step_6(page)
    now = {name: panel(page, name).locator(".mp-now").inner_text() for name in PANELS}
    assert now == {
        "Success rate": "90.0 %",
        "Failures by status": "100",
        "P95 latency": "1.73 s",
        "Retry reasons": "100",
        "HTTP status distribution": "2xx 90.0 %",
        "Backlog": "736",
    }
    assert legend(panel(page, "Success rate")) == {"Success": "90.0 %", "Target 99.5 %": "\N{MINUS SIGN}9.5 pts"}
    assert legend(panel(page, "Failures by status")) == {"503": "60 /min", "timeout": "40 /min"}
    assert legend(panel(page, "P95 latency")) == {"P95": "1.73 s", "P99": "4.17 s", "P50": "0.08 s"}
    assert legend(panel(page, "Retry reasons")) == {"http_5xx": "60 /min", "timeout": "40 /min"}
    oldest = {"All waiting": "736", "Held": "287", "Retrying": "224", "Oldest": "7 m"}
    assert legend(panel(page, "Backlog")) == oldest
    codes = panel(page, "HTTP status distribution").locator("tbody tr")
    assert [row.split() for row in codes.all_inner_texts()] == [
        ["200", "90.0", "%", "900"],
        ["503", "6.0", "%", "60"],
        ["None", "4.0", "%", "40"],
    ]
    expect(panel(page, "HTTP status distribution")).to_contain_text("at 14:06")


PANELS = (
    "Success rate", "Failures by status", "P95 latency", "Retry reasons", "HTTP status distribution", "Backlog",
)  # fmt: skip


def test_one_cursor_crosses_all_charts(page: Page, visit: Callable[..., Page]) -> None:
    answer(page, "history", history)
    visit("/charts")
    step_6(page)
    expect(page.locator(".cursor")).to_have_count(5)
    latency = page.get_by_role("slider", name="P95 latency")
    expect(latency).to_have_attribute("aria-valuetext", "14:06: P95 1.73 s, P99 4.17 s, P50 0.08 s")
    page.keyboard.press("Home")
    expect(latency).to_have_attribute("aria-valuenow", "0")
    page.keyboard.press("End")
    page.keyboard.press("Shift+ArrowLeft")
    expect(page.get_by_text("14:08 to 14:10 selected")).to_be_visible()


def test_a_dragged_range_leads_to_its_failures(page: Page, visit: Callable[..., Page]) -> None:
    answer(page, "history", history)
    visit("/charts", subscription="0194ad1c-8f00-7c4e-9d3a-5a1b2c3d4e5f")
    expect(page.get_by_role("slider", name="Success rate")).to_be_visible()
    drag(page, 5, 7)
    expect(page.get_by_text("14:05 to 14:08 selected")).to_be_visible()
    page.wait_for_url(f"**sel={BEGIN + 5 * MINUTE}-{BEGIN + 8 * MINUTE}*")
    page.reload()
    expect(page.get_by_text("14:05 to 14:08 selected")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("selected")).to_have_count(0)
    page.wait_for_url(lambda url: "sel=" not in url)
    drag(page, 7, 5)
    page.get_by_role("link", name="Show 100 failures in Live").click()
    expect(page.get_by_role("heading", name="Live")).to_be_attached()
    query = parse_qs(urlparse(page.url).query)
    assert query["q"] == ["-outcome:success endpoint:0194ad1c-8f00-7c4e-9d3a-5a1b2c3d4e5f"]
    assert (query["from"], query["to"]) == ([str(BEGIN + 5 * MINUTE)], [str(BEGIN + 8 * MINUTE)])


def test_zoom_makes_the_selection_the_range(page: Page, visit: Callable[..., Page]) -> None:
    asked = answer(page, "history", history)
    visit("/charts")
    expect(page.get_by_role("slider", name="Success rate")).to_be_visible()
    drag(page, 5, 7)
    with page.expect_response(re.compile("since=")):
        page.get_by_role("button", name="Zoom").click()
    assert asked[-1]["since"] == ["2025-11-24T13:05:00.000Z"]
    assert asked[-1]["until"] == ["2025-11-24T13:08:00.000Z"]
    page.go_back()
    expect(page.get_by_role("button", name="1 h", exact=True)).to_have_attribute("aria-pressed", "true")


def test_every_panel_is_a_table_too(page: Page, visit: Callable[..., Page]) -> None:
    answer(page, "history", history)
    visit("/charts")
    for name in PANELS:
        page.get_by_role("button", name=f"{name} as a table").click()
        expect(page.get_by_role("table", name=name).locator("tbody tr")).to_have_count(STEPS)
    rows = page.get_by_role("table", name="Failures by status").locator("tbody tr")
    assert rows.nth(STEPS - 7).inner_text().split() == ["14:06", "60", "40"]
    assert rows.first.locator("th").inner_text() > rows.last.locator("th").inner_text()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    panel(page, "P95 latency").get_by_role("button", name="Copy").click()
    copied = page.evaluate("navigator.clipboard.readText()").split("\n")
    assert copied[0].split("\t") == ["Time", "P95 ms", "P99 ms", "P50 ms"]
    assert copied[STEPS - 6].split("\t") == ["2025-11-24T13:06:00.000Z", "1730", "4170", "80"]
    page.get_by_role("button", name="Backlog as a chart").click()
    expect(page.get_by_role("slider", name="Backlog")).to_be_visible()


def test_the_range_is_in_the_address_and_a_wrong_one_is_explained(page: Page, visit: Callable[..., Page]) -> None:
    asked = answer(page, "history", history)
    visit("/charts", range="6h")
    expect(page.get_by_role("button", name="6 h")).to_have_attribute("aria-pressed", "true")
    assert asked[0]["range"] == ["6h"]
    page.get_by_role("button", name="24 h").click()
    expect(page).to_have_url(re.compile("range=24h"))
    page.get_by_role("button", name="Custom").click()
    page.get_by_label("From").fill("2025-11-24T15:00")
    page.get_by_label("To", exact=True).fill("2025-11-24T14:00")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("The range must begin before it ends.")).to_be_visible()
    page.get_by_label("From").fill("2025-09-01T15:00")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("A range has 31 days at most.")).to_be_visible()
    page.get_by_label("From").fill("2025-11-24T13:30")
    with page.expect_response(re.compile("since=")):
        page.get_by_role("button", name="Show", exact=True).click()
    assert asked[-1]["since"] == ["2025-11-24T12:30:00.000Z"]
    expect(page).to_have_url(re.compile(rf"from={BEGIN - 30 * MINUTE}&to={BEGIN}"))


def test_staff_look_at_all_tenants_and_are_told_where_figures_come_from(page: Page, visit: Callable[..., Page]) -> None:
    told = history()
    asked = answer(page, "history", lambda: told)
    visit("/charts")
    expect(page.get_by_text("Figures from stored attempts")).to_be_visible()
    told = history(scope="system", source="prometheus", backlog=None)
    page.get_by_role("button", name="All tenants").click()
    expect(page.get_by_text("Figures from Prometheus")).to_be_visible()
    assert asked[-1]["scope"] == ["system"]
    drag(page, 5, 7)
    expect(page.get_by_text("100 failures")).to_be_visible()
    expect(page.get_by_role("link", name="failures in Live")).to_have_count(0)


def test_no_attempts_and_no_answer_are_told_apart(
    page: Page, visit: Callable[..., Page], complaints: list[str]
) -> None:
    answer(page, "history", lambda: history(attempts=[0] * STEPS, outcomes={}, codes={}, retries={}, backlog=None))
    visit("/charts")
    expect(page.get_by_text("No attempts in this range")).to_be_visible()
    page.route(re.compile(r"/monitor/history\?"), lambda route: route.fulfill(status=500, body=json.dumps({})))
    visit("/charts")
    expect(page.get_by_text("The figures could not be read.")).to_be_visible()
    assert all("500" in each for each in complaints)
    complaints.clear()


def test_while_the_feed_is_away_the_figures_say_of_when_they_are(
    page: Page, visit: Callable[..., Page], complaints: list[str]
) -> None:
    answer(page, "history", history)
    visit("/charts")
    expect(page.locator(".conn.is-open")).to_be_visible()
    note = page.get_by_role("status").filter(has_text="Not up to date: what is shown is from")
    expect(note).to_have_count(0)
    page.context.set_offline(True)
    expect(note).to_contain_text("The feed is away.")
    page.context.set_offline(False)
    expect(note).to_have_count(0)
    assert all("ERR_INTERNET_DISCONNECTED" in each for each in complaints)
    complaints.clear()


def test_metrics_fit_a_phone(page: Page, visit: Callable[..., Page]) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    answer(page, "history", history)
    visit("/charts")
    step_6(page)
    page.keyboard.press("Shift+ArrowLeft")
    expect(page.get_by_text("14:05 to 14:07 selected")).to_be_visible()
    page.get_by_role("button", name="Custom").click()
    page.get_by_role("button", name="Failures by status as a table").click()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
