"""Fixtures of all tests. The environment itself is made in `plugin`, before settings are read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from psycopg.pq import TransactionStatus

from project.receiver import BackgroundReceiver, Behaviour, Received, make_app
from tenancy.models import Tenant
from tests import factories
from tests.servers import PostgreSQL, Redis, running
from webhooks.tasks import Waker


@pytest.fixture(scope="session", autouse=True)
def static_files() -> None:
    """What `make release` collects, so that pages can be rendered in production mode."""
    if not settings.EMBEDDED:
        call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The tests' database, which everybody has left when it is dropped: threads of processes that a test cut off from
    their database may still be connected."""
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"""
            )


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither cached figures nor that the queue was away in an earlier test."""
    # Not the cache `shared`: in production it is the Redis of everything else too.
    cache.clear()
    monkeypatch.setattr("webhooks.tasks.waker", Waker())


@contextmanager
def as_it_comes() -> Iterator[None]:
    """Without what the tests' own connections are given: row security as a process of the installation has it."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET app.all_tenants = ''")
    try:
        yield
    finally:
        if connection.connection.info.transaction_status is not TransactionStatus.INERROR:
            with connection.cursor() as cursor:
                cursor.execute("RESET app.all_tenants")


@pytest.fixture(autouse=True)
def requests_say_whose_rows_they_are_about(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """A request has no rights from the test that makes it."""
    has_database = request.node.get_closest_marker("django_db") or "db" in request.fixturenames
    if settings.EMBEDDED or not (has_database or "transactional_db" in request.fixturenames):
        return
    make = Client.request

    def make_as_it_comes(client: Client, **options: Any) -> Any:
        with as_it_comes():
            return make(client, **options)

    monkeypatch.setattr(Client, "request", make_as_it_comes)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL for processes that a test starts; tests share it."""
    with running(PostgreSQL) as server:
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    """A Redis for processes that a test starts; tests share it."""
    with running(Redis) as server:
        yield server


@pytest.fixture
def api_client() -> ApiClient:
    """A new tenant's program; needs the database."""
    return ApiClient(factories.make_tenant())


class ApiClient:
    """Calls the REST API as a program of one tenant: `api("post", "/payments", {...})`."""

    def __init__(self, tenant: Tenant, scopes: tuple[str, ...] = ("read", "write")) -> None:
        self.tenant = tenant
        self.client = Client(headers={"Authorization": f"Bearer {factories.make_token(tenant, scopes)}"})

    def __call__(self, method: str, path: str, body: object = None):
        # Without a body Django's client would send an empty form, which no client of an API does.
        json = {"data": "" if body is None else body, "content_type": "application/json"}
        content = {} if method in ("get", "head", "options") else json
        return getattr(self.client, method)(f"/api/v1/tenant{path}", **content)


class RecordingReceiver:
    """A real HTTP receiver on a thread, and what it got so far."""

    def __init__(self, server: BackgroundReceiver, requests: list[Received]) -> None:
        self.base = server.base
        self.requests = requests

    def url(self, path: str = "/ok") -> str:
        return self.base + path


@pytest.fixture
def receiver() -> Iterator[RecordingReceiver]:
    """Paths as in `project.receiver.BEHAVIOURS`; others answer 200."""
    from project.receiver import BEHAVIOURS

    requests: list[Received] = []
    server = BackgroundReceiver(lambda: make_app(BEHAVIOURS, default=Behaviour(), observe=requests.append))
    with server:
        yield RecordingReceiver(server, requests)
