"""An installation whose feed log keeps little, pages of it, and what the tests of the live page look at."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import Program
from tests.e2e.processes import Embedded

# What the feed log keeps of a tenant: little, so that a page can fall behind it.
LOGGED = 100
# (event, attempts, seconds since the newest): far from the borders of the ranges that the page offers.
LATELY, EARLIER = ("customer.created", 20, 300), ("invoice.sent", 560, 1500)
WAITING = "PENDING,DELIVERING"
FAILED = {20: 5, 560: 140}


@pytest.fixture(scope="package")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    system = Embedded(tmp_path_factory.mktemp("live") / "var", FEED_LOG_ATTEMPTS=str(LOGGED))
    system.start()
    yield system
    system.stop()


@pytest.fixture
def tenant(installation: Embedded) -> Iterator[Program]:
    with Program(installation, name=secrets.token_hex(4)) as program:
        yield program


@pytest.fixture(scope="package")
def with_past(installation: Embedded) -> Iterator[Program]:
    """A tenant with 580 attempts of the last hour, 20 of them of the last quarter."""
    with Program(installation, name="Past") as program:
        subscription = program.subscribe("http://127.0.0.1:1/past", event="invoice.*")
        code = f"from tests.e2e.past import write; write({subscription['id']!r}, {[LATELY, EARLIER]!r})"
        installation.manage("shell", "-v", "0", "-c", code)
        yield program


@pytest.fixture
def visit(browser: Browser, installation: Embedded) -> Any:
    """Signs in with a new browser and opens a page of a tenant. The console shows nothing but what is `forgiven`."""

    @contextmanager
    def visit(
        tenant: Program, path: str = "/", prepare: Callable[[Page], object] = id, forgiven: str = "", **options: Any
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
        expected = re.compile(f"status of 404{forgiven and '|'}{forgiven}")
        assert [each for each in complaints if not expected.search(each)] == []

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


def add_customer(tenant: Program) -> None:
    tenant.post("/customers", {"name": "Ada", "email": "ada@example.com", "tax_id": "B12345674"})
