"""The live page shows the history: ranges, scrolling, shared links."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Browser, expect

from tests.conftest import RecordingReceiver
from tests.e2e.conftest import Program
from tests.e2e.live.conftest import (
    FAILED,
    add_filter,
    expect_live,
    expect_rows,
    rows,
    strip,
)


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


def test_a_figure_of_an_hour_leads_to_that_hour_and_one_of_now_to_the_feed(visit: Any, with_past: Program) -> None:
    with visit(with_past) as page:
        page.get_by_role("button", name="Failed, 1 h").click()
        expect(strip(page)).to_contain_text("145 of 580 attempts")
        assert "range=1h" in page.url
        assert "q=status:failed" in page.url
        page.get_by_role("button", name="Retrying, now").click()
        expect_live(page)
        page.locator(".q-failed").click()
        expect(strip(page)).to_contain_text("145 of 580 attempts")
        page.go_back()
        expect_live(page)
        assert "q=status:retrying" in page.url


def test_the_live_list_ends_with_the_way_to_what_is_older(
    visit: Any, tenant: Program, receiver: RecordingReceiver
) -> None:
    tenant.subscribe(receiver.url("/created"))
    tenant.pay()
    with visit(tenant) as page:
        expect_rows(page, 1)
        page.get_by_role("link", name="Older attempts: 1 h").click()
        expect(strip(page)).to_contain_text(re.compile("History.*1 attempt"))
        add_filter(page, "status:delivered")
        page.get_by_role("button", name="Back to live").click()
        expect_live(page)
        expect(page.get_by_role("link", name="Older attempts: 1 h")).to_have_count(0)


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
