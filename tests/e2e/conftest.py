"""A running installation in each mode, a tenant's program that uses it from outside, and a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from websockets.sync.client import ClientConnection, connect

from tests.conftest import RecordingReceiver
from tests.e2e.processes import CHROMIUM, CHROMIUM_FLAGS, PATIENCE, Embedded, Production, System, eventually
from tests.servers import PostgreSQL, Redis

expect.set_options(timeout=PATIENCE * 1000)


@pytest.fixture(params=["embedded", "production"])
def system(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[System]:
    """Not started yet."""
    if request.param == "embedded":
        made: System = Embedded(tmp_path / "var")
    else:
        servers: tuple[PostgreSQL, Redis] = (
            request.getfixturevalue("postgresql"),
            request.getfixturevalue("redis_server"),
        )
        made = Production(tmp_path / "var", *servers)
    yield made
    made.stop()


@pytest.fixture
def program(system: System) -> Iterator[Program]:
    """A tenant's program of the system, which is started for it."""
    system.start()
    with Program(system) as made:
        yield made


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """An embedded one that a module's browser tests share; each makes a tenant of its own."""
    system = Embedded(tmp_path_factory.mktemp("browser") / "var")
    system.start()
    yield system
    system.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Not longer than a module: as long as it is there, Django takes its thread for one of an event loop."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


class Program:
    """What an integration developer writes: REST calls and a WebSocket with a bearer token."""

    def __init__(self, system: System, name: str = "Acme") -> None:
        self.system = system
        made = system.manage("create_tenant", name, "--json")
        self.tenant_id, self.slug, self.token = made["tenant"]["id"], made["tenant"]["slug"], made["token"]
        self._http = httpx.Client(
            base_url=f"{system.base}/api/v1/tenant",
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=PATIENCE,
        )

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._http.close()

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        return self._answer(self._http.post(path, json=body))

    def get(self, path: str, **query: str) -> Any:
        return self._answer(self._http.get(path, params=query))

    def subscribe(self, url: str, event: str = "payment.received", **fields: Any) -> Any:
        return self.post("/webhooks/subscriptions", {"url": url, "event": event, **fields})

    def pay(self) -> Any:
        return self.post("/payments", {"amount": "125.00", "currency": "EUR", "method": "card"})

    def finished(self, number: int = 1, status: str = "DELIVERED,FAILED") -> list[Any]:
        """The deliveries with one of these statuses, once there are so many; newest first, with their attempts."""

        def look() -> list[Any] | None:
            items: list[Any] = self.get("/webhooks/deliveries", status=status, limit="200")["items"]
            return items if len(items) >= number else None

        return [self.get(f"/webhooks/deliveries/{item['id']}") for item in eventually(look, f"{number} deliveries end")]

    def feed(self) -> ClientConnection:
        return connect(
            f"{self.system.base.replace('http', 'ws')}/ws/v1/feed",
            additional_headers={"Authorization": f"Bearer {self.token}"},
            open_timeout=PATIENCE,
        )

    @staticmethod
    def _answer(response: httpx.Response) -> Any:
        assert response.is_success, response.text
        return response.json()


def next_frame(feed: ClientConnection, kind: str) -> Any:
    """The feed's next frame of a kind."""
    while True:
        frame = json.loads(feed.recv(timeout=PATIENCE))
        if frame["t"] == kind:
            return frame


def requests_of(receiver: RecordingReceiver, number: int) -> list[Any]:
    """The first so many requests that the receiver got."""
    return eventually(lambda: len(receiver.requests) >= number and receiver.requests[:number], f"{number} requests")
