"""The pages of subscriptions and events in a real browser, from making a subscription to a test at its receiver."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, Route, expect
from standardwebhooks import Webhook

from project.receiver import Received
from tests.conftest import RecordingReceiver
from tests.e2e.conftest import Program
from tests.e2e.processes import Embedded, eventually

# A browser writes every refusal to its console, also those that a test is about.
REFUSAL = re.compile(r"Failed to load resource: .*(status of 4(04|09|12|22)|ERR_FAILED)")


@pytest.fixture
def tenant(installation: Embedded) -> Iterator[Program]:
    with Program(installation, name=secrets.token_hex(4)) as program:
        yield program


@pytest.fixture
def figures() -> list[dict[str, Any]]:
    """What the page is told of each subscription's last day."""
    return []


@pytest.fixture
def page(browser: Browser, installation: Embedded, tenant: Program, figures: list[dict[str, Any]]) -> Iterator[Page]:
    """Signed in by the link on the console. Nothing may be written to the console but refusals."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=installation.base)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.route("**/monitor/endpoints?*", lambda route: route.fulfill(json={"items": figures}))
    page.goto(installation.sign_in)
    yield page
    context.close()
    assert [each for each in complaints if not REFUSAL.match(each)] == []


def visit(page: Page, tenant: Program, path: str) -> None:
    page.goto(f"{tenant.system.base}{path}{'&' if '?' in path else '?'}tenant={tenant.slug}")


def panel(page: Page) -> Locator:
    return page.locator("dialog.side")


def row(page: Page, text: str) -> Locator:
    return page.locator("tbody tr").filter(has_text=text)


def choose(page: Page, of: str, action: str) -> None:
    row(page, of).get_by_role("button", name=f"Actions: {of}").click()
    page.get_by_role("menuitem", name=action).click()


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth === innerWidth"))


def signed_by(secret: str, request: Received) -> bool:
    return bool(Webhook(secret).verify(request.body, dict(request.headers)))


def test_a_subscription_is_made_and_tested_and_its_secret_shown_once(
    page: Page, tenant: Program, receiver: RecordingReceiver
) -> None:
    visit(page, tenant, "/subscriptions")
    expect(page.get_by_text("No subscriptions yet")).to_be_visible()
    page.get_by_role("button", name="New subscription").last.click()
    expect(page.get_by_label("URL", exact=True)).to_be_focused()
    page.get_by_label("URL", exact=True).fill("ftp://nowhere")
    page.get_by_role("combobox", name="Events").fill("invoice.lost")
    page.get_by_label("Description").fill("Ledger")
    expect(panel(page)).to_contain_text("No event type is called “invoice.lost”.")
    page.get_by_role("combobox", name="Events").fill("payment.*, invoice.sent ")
    page.get_by_role("button", name="Create subscription").click()
    expect(panel(page).locator("#s-url-error")).to_contain_text("must begin with https://")
    expect(page.get_by_label("URL", exact=True)).to_be_focused()
    expect(page.get_by_label("Description")).to_have_value("Ledger")
    page.get_by_label("URL", exact=True).fill(receiver.url("/created"))
    expect(panel(page).locator("#s-url-error")).to_have_count(0)
    page.get_by_role("button", name="Create subscription").click()
    expect(panel(page).get_by_role("heading", name="Copy the secret now")).to_be_visible()
    secret = panel(page).locator(".secretbox").inner_text()
    (made,) = tenant.get("/webhooks/subscriptions")["items"]
    assert (made["events"], made["description"]) == (["payment.*", "invoice.sent"], "Ledger")
    page.get_by_role("button", name="Send a test").click()
    expect(panel(page).get_by_role("status").filter(has_text="Delivered")).to_contain_text("201")
    assert receiver.requests[0].event == "webhook.test"
    assert signed_by(secret, receiver.requests[0])
    page.get_by_role("link", name="Open the delivery").click()
    expect(page.get_by_role("dialog", name="Delivery of webhook.test")).to_contain_text("Attempt 1")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Done").click()
    page.get_by_role("dialog", name="Leave without the secret?").get_by_role("button", name="Leave without it").click()
    expect(panel(page)).to_have_count(0)
    expect(row(page, "Ledger")).to_contain_text("Active")
    assert secret not in page.content()
    assert secret not in json.dumps([tenant.get("/webhooks/subscriptions"), tenant.get("/webhooks/deliveries")])
    page.reload()
    expect(row(page, "Ledger")).to_be_visible()
    assert secret not in page.content()


def test_a_subscription_is_made_with_the_keyboard_alone(
    page: Page, tenant: Program, receiver: RecordingReceiver
) -> None:
    tenant.subscribe(receiver.url("/first"))
    visit(page, tenant, "/subscriptions")
    expect(row(page, "/first")).to_be_visible()
    page.get_by_role("searchbox").focus()
    keys = page.keyboard
    keys.press("Tab")
    keys.press("Enter")
    expect(page.get_by_label("URL", exact=True)).to_be_focused()
    keys.type(receiver.url("/typed"))
    keys.press("Tab")
    keys.type("sales")
    keys.press("ArrowDown")
    keys.press("Enter")
    keys.type("payment.failed,")
    keys.press("Backspace")
    keys.type("customer.*")
    keys.press("Enter")
    keys.press("Tab")
    keys.type("Typed")
    keys.press("Tab")
    keys.press("ArrowRight")
    keys.press("Enter")
    expect(panel(page).get_by_role("heading", name="Copy the secret now")).to_be_visible()
    made = tenant.get("/webhooks/subscriptions")["items"][0]
    assert (made["url"], made["events"]) == (receiver.url("/typed"), ["sales_order.*", "customer.*"])
    assert (made["description"], made["retry_schedule"]) == ("Typed", "durable")


def test_pressing_twice_or_again_after_a_lost_answer_makes_one(
    page: Page, tenant: Program, receiver: RecordingReceiver
) -> None:
    lost = 0

    def lose_the_first_answer(route: Route) -> None:
        nonlocal lost
        if route.request.method != "POST" or lost:
            return route.continue_()
        lost += 1
        route.fetch()
        route.abort()
        return None

    page.route("**/webhooks/subscriptions?*", lose_the_first_answer)
    visit(page, tenant, "/subscriptions?new=1")
    page.get_by_label("URL", exact=True).fill(receiver.url("/once"))
    page.get_by_role("combobox", name="Events").fill("* ")
    create = page.get_by_role("button", name="Create subscription")
    create.evaluate("button => { button.click(); button.click() }")
    expect(panel(page).get_by_role("alert")).to_contain_text("could not be reached")
    create.click()
    expect(panel(page).get_by_role("heading", name="Copy the secret now")).to_be_visible()
    assert len(tenant.get("/webhooks/subscriptions")["items"]) == 1
    assert lost == 1


def test_a_pause_holds_and_resuming_delivers(page: Page, tenant: Program, receiver: RecordingReceiver) -> None:
    made = tenant.subscribe(receiver.url("/created"), description="Ledger")
    visit(page, tenant, "/subscriptions")
    choose(page, "Ledger", "Pause")
    dialog = page.get_by_role("dialog", name="Pause this subscription?")
    expect(dialog).to_contain_text("Nothing is lost")
    dialog.get_by_role("button", name="Pause").click()
    expect(row(page, "Ledger")).to_contain_text("Paused")
    tenant.post(f"/webhooks/subscriptions/{made['id']}/test")
    choose(page, "Ledger", "Resume")
    page.get_by_role("dialog").get_by_role("button", name="Resume").click()
    expect(row(page, "Ledger")).to_contain_text("Active")
    assert tenant.finished()[0]["status"] == "DELIVERED"
    assert len(receiver.requests) == 1


def test_a_secret_is_rotated_and_both_sign_for_a_day(page: Page, tenant: Program, receiver: RecordingReceiver) -> None:
    made = tenant.subscribe(receiver.url("/created"), description="Ledger")
    visit(page, tenant, "/subscriptions")
    choose(page, "Ledger", "Rotate secret")
    page.get_by_role("dialog").get_by_role("button", name="Rotate secret").click()
    dialog = page.get_by_role("dialog", name="Copy the new secret now")
    secret = dialog.locator(".secretbox").inner_text()
    page.keyboard.press("Escape")
    expect(dialog).to_contain_text("It was not copied yet")
    dialog.get_by_role("button", name="Copy secret").click()
    eventually(lambda: page.evaluate("navigator.clipboard.readText()") == secret, "the secret is copied")
    dialog.get_by_role("button", name="Done").click()
    expect(row(page, "Ledger")).to_contain_text("2 secrets until")
    tenant.post(f"/webhooks/subscriptions/{made['id']}/test")
    tenant.finished()
    assert secret != made["secret"]
    for each in (secret, made["secret"]):
        assert signed_by(each, receiver.requests[0])


def test_an_edit_sends_what_changed_and_writes_over_nobody(
    page: Page, tenant: Program, receiver: RecordingReceiver
) -> None:
    made = tenant.subscribe(receiver.url("/created"), description="Ledger")
    sent: list[Request] = []
    page.on("request", lambda request: request.method == "PATCH" and sent.append(request))
    visit(page, tenant, "/subscriptions")
    row(page, "Ledger").get_by_role("link").click()
    page.get_by_label("Description").fill("Books")
    # Somebody else, meanwhile:
    tenant.post(f"/webhooks/subscriptions/{made['id']}/rotate-secret")
    tenant._answer(tenant._http.patch(f"/webhooks/subscriptions/{made['id']}", json={"events": ["invoice.*"]}))
    page.get_by_role("button", name="Save changes").click()
    expect(panel(page)).to_contain_text("Somebody else changed it meanwhile: events.")
    expect(page.get_by_label("Description")).to_have_value("Books")
    page.get_by_role("button", name="Save changes").click()
    expect(row(page, "Books")).to_contain_text("invoice.*")
    assert {request.post_data for request in sent} == {'{"description":"Books"}'}
    now = tenant.get(f"/webhooks/subscriptions/{made['id']}")
    assert (now["description"], now["events"]) == ("Books", ["invoice.*"])


def test_what_was_typed_is_there_again_until_it_is_discarded(
    page: Page, tenant: Program, receiver: RecordingReceiver
) -> None:
    made = tenant.subscribe(receiver.url("/created"), description="Ledger")
    description = page.get_by_label("Description")
    visit(page, tenant, "/subscriptions")
    row(page, "Ledger").get_by_role("link").click()
    description.fill("Books")
    description.press("Escape")
    expect(panel(page)).to_have_count(0)
    tenant._answer(tenant._http.patch(f"/webhooks/subscriptions/{made['id']}", json={"events": ["invoice.*"]}))
    row(page, "Ledger").get_by_role("link").click()
    expect(description).to_have_value("Books")
    expect(panel(page)).to_contain_text("Somebody else changed it meanwhile: events. What you typed is still here.")
    page.keyboard.press("Escape")
    row(page, "Ledger").get_by_role("link").click()
    expect(panel(page)).to_contain_text("What you typed before is still here, and not saved.")
    page.get_by_role("button", name="Discard").click()
    row(page, "Ledger").get_by_role("link").click()
    expect(description).to_have_value("Ledger")
    expect(panel(page).get_by_role("status")).to_have_count(0)


def test_a_subscription_deleted_elsewhere_says_so_in_its_panel(
    page: Page, tenant: Program, receiver: RecordingReceiver
) -> None:
    made = tenant.subscribe(receiver.url("/created"), description="Ledger")
    visit(page, tenant, f"/subscriptions?edit={made['id']}")
    page.get_by_label("Description").fill("Books")
    tenant._http.delete(f"/webhooks/subscriptions/{made['id']}")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(panel(page)).to_contain_text("This subscription was deleted.")
    expect(page.get_by_label("URL", exact=True)).to_be_disabled()
    expect(panel(page).get_by_role("button", name=re.compile("Actions|Save changes|Discard"))).to_have_count(0)
    panel(page).get_by_role("button", name="Close").last.click()
    expect(panel(page)).to_have_count(0)


def test_a_subscription_is_deleted_after_its_host_is_typed(
    page: Page, tenant: Program, receiver: RecordingReceiver
) -> None:
    tenant.subscribe(receiver.url("/kept"), description="Kept")
    tenant.subscribe(receiver.url("/gone"), description="Gone")
    visit(page, tenant, "/subscriptions")
    choose(page, "Gone", "Delete")
    dialog = page.get_by_role("dialog", name="Delete this subscription?")
    expect(dialog).to_contain_text("Deliveries that wait are cancelled. The history stays.")
    remove = dialog.get_by_role("button", name="Delete subscription")
    expect(remove).to_be_disabled()
    dialog.get_by_role("textbox").fill(receiver.base.removeprefix("http://"))
    remove.click()
    expect(row(page, "Gone")).to_have_count(0)
    expect(row(page, "Kept")).to_be_visible()
    assert [each["description"] for each in tenant.get("/webhooks/subscriptions")["items"]] == ["Kept"]


def test_a_viewer_sees_everything_and_may_do_nothing(
    browser: Browser, tenant: Program, receiver: RecordingReceiver
) -> None:
    made = tenant.subscribe(receiver.url("/created"), description="Ledger")
    viewer = tenant.system.manage(
        "create_user", f"{tenant.slug}@example.com", "--tenant", tenant.slug, "--role", "viewer", "--json"
    )
    page = browser.new_context().new_page()
    page.goto(f"{tenant.system.base}/subscriptions?edit={made['id']}")
    page.get_by_label("E-mail address").fill(viewer["email"])
    page.get_by_label("Password").fill(viewer["password"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("URL", exact=True)).to_have_value(receiver.url("/created"))
    expect(page.get_by_label("URL", exact=True)).to_be_disabled()
    expect(panel(page)).to_contain_text("Your role lets you look only.")
    for name in ("New subscription", "Save changes", "Discard", "Remove payment.received"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    row(page, "Ledger").get_by_role("button").click()
    expect(page.get_by_role("menuitem", name="Show deliveries")).to_be_enabled()
    for name in ("Pause", "Send a test", "Rotate secret", "Delete"):
        expect(page.get_by_role("menuitem", name=name)).to_have_count(0)
    page.goto(f"{tenant.system.base}/subscriptions?new=1")
    expect(row(page, "Ledger")).to_be_visible()
    expect(panel(page)).to_have_count(0)
    page.goto(f"{tenant.system.base}/events")
    expect(page.get_by_role("heading", name="Events", level=1)).to_be_visible()
    expect(page.get_by_role("button", name="Publish a test")).to_have_count(0)
    page.context.close()


def test_the_list_is_searched_measured_and_follows(
    page: Page, tenant: Program, receiver: RecordingReceiver, figures: list[dict[str, Any]]
) -> None:
    made = tenant.subscribe(receiver.url("/a"), event="invoice.*", description="Books")
    tenant.subscribe(receiver.url("/b"), description="Ledger", retry_schedule="durable")
    measured = {"attempts": 1000, "failed": 60, "waiting": 3, "last_attempt_at": "2020-01-01T00:00:00Z"}
    figures.append({"subscription_id": made["id"], **measured})
    visit(page, tenant, "/subscriptions?q=invoice")
    expect(row(page, "Books")).to_contain_text("94.00 %")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator(".p-beside")).to_have_text("1 found, 2 of 100")
    page.get_by_role("searchbox").fill("nothing of the kind")
    page.get_by_role("button", name="Clear search").click()
    expect(row(page, "Ledger")).to_contain_text("Durable")
    expect(row(page, "Ledger").locator(".num").first).to_have_text("\u2013")
    choose(page, "Books", "Pause")
    expect(page.get_by_role("dialog")).to_contain_text("3 deliveries waiting now.")
    page.keyboard.press("Escape")
    tenant.subscribe(receiver.url("/c"), description="New one")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(row(page, "New one")).to_be_visible()
    choose(page, "Books", "Show deliveries")
    expect(page.get_by_role("button", name=re.compile("Remove filter endpoint"))).to_be_visible()
    assert page.url.endswith(f"?tenant={tenant.slug}&q=endpoint:{made['id']}")


def test_events_are_searched_and_opened_with_their_deliveries(
    page: Page, tenant: Program, receiver: RecordingReceiver
) -> None:
    tenant.subscribe(receiver.url("/created"), description="Ledger")
    tenant.subscribe(receiver.url("/down"), description="Broken", retry_schedule=[])
    payment = tenant.pay()
    tenant.post("/customers", {"name": "Ada", "email": "ada@example.com", "tax_id": "B12345674"})
    tenant.finished(2)
    visit(page, tenant, "/events")
    expect(page.locator("tbody tr")).to_have_count(2)
    field = page.get_by_role("combobox", name="Search events")
    field.fill("payment.received")
    field.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    assert "type=payment.received" in page.url
    field.fill("nothing")
    field.press("Enter")
    expect(page.locator("#e-search-error")).to_contain_text("neither an event type nor an id")
    field.fill("")
    page.get_by_role("button", name="Remove payment.received").click()
    field.fill(payment["id"])
    field.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    row(page, "payment.received").locator("a.whole").click()
    expect(panel(page)).to_contain_text('"amount": "125.00"')
    expect(panel(page).get_by_role("link").filter(has_text="Ledger")).to_contain_text("Delivered")
    broken = panel(page).get_by_role("link").filter(has_text="Broken")
    expect(broken).to_contain_text("http_5xx")
    broken.click()
    expect(page.get_by_role("dialog", name="Delivery of payment.received")).to_contain_text("Attempt 1")
    assert "&delivery=" in page.url
    page.reload()
    expect(page.get_by_role("dialog", name="Delivery of payment.received")).to_contain_text("Attempt 1")
    expect(panel(page)).to_contain_text(payment["id"])
    event_id = tenant.get("/webhooks/events", type="customer.created")["items"][0]["id"]
    visit(page, tenant, "/events")
    field.fill(event_id)
    field.press("Enter")
    expect(panel(page)).to_contain_text("No subscription asked for it")


def test_events_older_than_a_page_come_when_asked_for(page: Page, tenant: Program) -> None:
    for _ in range(51):
        tenant.pay()
    visit(page, tenant, "/events?type=payment.*")
    expect(page.locator("tbody tr")).to_have_count(50)
    page.get_by_role("button", name="Older").click()
    expect(page.locator("tbody tr")).to_have_count(51)
    expect(page.get_by_role("button", name="Older")).to_have_count(0)


def test_a_test_is_published_from_the_events(page: Page, tenant: Program, receiver: RecordingReceiver) -> None:
    tenant.subscribe(receiver.url("/down"), description="Broken", retry_schedule=[0.1])
    visit(page, tenant, "/events")
    expect(page.get_by_text("No events yet")).to_be_visible()
    page.get_by_role("button", name="Publish a test").click()
    dialog = page.get_by_role("dialog", name="Send a test")
    dialog.get_by_role("button", name="Send a test").click()
    expect(dialog.get_by_role("listitem").filter(has_text="Failed")).to_contain_text("http_5xx")
    expect(dialog).to_contain_text("Attempt 2")
    dialog.get_by_role("button", name="Close").click()
    expect(row(page, "webhook.test")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_both_pages_fit_every_width(page: Page, tenant: Program, receiver: RecordingReceiver, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    made = tenant.subscribe(receiver.url("/a-path-that-is-long-enough-to-be-cut"), event="*", description="Long " * 30)
    tenant.post(f"/webhooks/subscriptions/{made['id']}/test")
    (delivery,) = tenant.finished()
    for path in ("/subscriptions", "/subscriptions?new=1", f"/subscriptions?edit={made['id']}", "/events"):
        visit(page, tenant, path)
        expect(page.locator("tbody tr")).to_have_count(1)
        assert fits(page), path
    visit(page, tenant, f"/events?event={delivery['event_id']}")
    expect(panel(page)).to_contain_text("Delivered")
    assert fits(page)
    # Below 1100 px the panel is modal, until a delivery lies over it.
    assert panel(page).evaluate("dialog => dialog.matches(':modal')") is (width < 1100)
    panel(page).get_by_role("link").filter(has_text="Delivered").click()
    expect(page.get_by_role("dialog", name="Delivery of webhook.test")).to_contain_text("Attempt 1")
    page.keyboard.press("Escape")
    expect(panel(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel(page)).to_have_count(0)
