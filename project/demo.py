"""What makes `make run` come alive: two tenants, a receiver whose endpoints differ, and made-up business.

Most deliveries succeed; some are retried, a few fail for good, and one endpoint never answers in time.
"""

from __future__ import annotations

import json
import math
import os
import random
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aiohttp import web
from django.conf import settings
from django.db import connection, transaction

from erp.simulation import Simulation
from project.receiver import BackgroundReceiver, Behaviour, make_app
from project.tenants import create_tenant
from tenancy import tokens
from tenancy.models import Tenant
from webhooks import subscriptions
from webhooks.models import Subscription

STATE_FILE = "demo.json"
ACME, NORTE = "Acme Industrial", "Norte Logistica"


@dataclass(frozen=True, slots=True)
class DemoEndpoint:
    """One path of the demo receiver, how it behaves, and the subscription that sends to it.

    `host` is a name under `localhost`, which always means this machine (RFC 6761): endpoints look like different
    systems, and nothing is asked of a DNS server.
    """

    tenant: str
    host: str
    path: str
    description: str
    events: tuple[str, ...]
    behaviour: Behaviour
    retry_schedule: str | tuple[float, ...] = "fast"
    timeout: float = 10.0


ENDPOINTS = (
    DemoEndpoint(
        ACME, "ledger", "/payments", "Ledger: every payment", ("payment.*",), Behaviour(201, latency=(0.02, 0.12))
    ),
    DemoEndpoint(ACME, "crm", "/customers", "CRM mirror", ("customer.*",), Behaviour(latency=(0.04, 0.2)), (2, 4, 8)),
    DemoEndpoint(
        ACME, "shop", "/orders", "Web shop: order states", ("sales_order.*",), Behaviour(latency=(0.03, 0.15)), (1, 5)
    ),
    DemoEndpoint(
        ACME,
        "tax",
        "/invoices",
        "Tax gateway: refuses some invoices",
        ("invoice.sent", "invoice.cancelled"),
        Behaviour(202, fail_rate=0.07, failures=(422, 503), latency=(0.1, 0.6)),
        (1, 2),
    ),
    DemoEndpoint(
        ACME,
        "warehouse",
        "/events",
        "Data warehouse: busy at times",
        ("*",),
        Behaviour(202, fail_rate=0.1, failures=(500, 503, 429), latency=(0.03, 0.3)),
    ),
    DemoEndpoint(
        ACME,
        "analytics",
        "/collect",
        "Analytics: slow",
        ("payment.received",),
        Behaviour(204, latency=(0.4, 1.6)),
        "durable",
    ),
    DemoEndpoint(
        ACME,
        "collections",
        "/bounced",
        "Collections: down",
        ("payment.failed",),
        Behaviour(503, latency=(0.01, 0.05)),
        (1, 2),
    ),
    DemoEndpoint(
        ACME,
        "old-crm",
        "/hook",
        "Old CRM: does not answer in time",
        ("customer.created",),
        Behaviour(silent=True),
        (1,),
        timeout=2.0,
    ),
    DemoEndpoint(NORTE, "hub.norte", "/everything", "Everything", ("*",), Behaviour(latency=(0.02, 0.1))),
    DemoEndpoint(
        NORTE,
        "treasury.norte",
        "/payments/norte",
        "Treasury: refuses some payments",
        ("payment.*",),
        Behaviour(fail_rate=0.08, failures=(422, 500), latency=(0.05, 0.25)),
        (1, 2),
    ),
)


@dataclass(frozen=True, slots=True)
class DemoTenant:
    """The tenant people look at first, and a token for it."""

    tenant: Tenant
    token: str


@dataclass(frozen=True, slots=True)
class _State:
    """What is kept between starts, readable by its owner only: tokens cannot be read back from the database."""

    token: str
    port: int


class Demo:
    """Call `prepare` after the migrations and before the worker starts, and `start` once it runs.

    `stop_traffic` ends the simulated business; `stop` also closes the receiver, best after the worker has drained.
    As a context manager it does all four.
    """

    def __init__(self) -> None:
        self._receiver: BackgroundReceiver | None = None
        self._stop = threading.Event()
        self._traffic = threading.Thread(target=self._simulate, name="demo-traffic", daemon=True)
        self.token = ""

    def prepare(self) -> None:
        """Make what is missing and begin to answer: what waits since the last run finds its receiver. Once only."""
        self._receiver = _receiver_on(_load_state(settings.DATA_DIR))
        self.token = ensure_demo(self._receiver.port).token
        self._receiver.start()

    def start(self) -> None:
        """Begin to publish events."""
        if self._receiver is None:
            self.prepare()
        self._traffic.start()

    def stop_traffic(self) -> None:
        """No further events; returns when the last one is committed."""
        self._stop.set()
        if self._traffic.is_alive():
            self._traffic.join()

    def stop(self) -> None:
        """End traffic and receiver."""
        self.stop_traffic()
        if self._receiver:
            self._receiver.stop()

    def __enter__(self) -> Demo:
        self.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def _simulate(self) -> None:
        # Acme is in the list three times: three events out of four are its own.
        tenants = {tenant.name: tenant.id for tenant in Tenant.objects.filter(name__in=(ACME, NORTE))}
        simulation = Simulation([tenants[name] for name in (ACME, ACME, ACME, NORTE)], random.Random())
        simulation.run(lambda: pace(time.monotonic()), self._stop)


def pace(now: float) -> float:
    """Events a second at a time in seconds: 4 on average, quiet and busy within a minute and a half."""
    return 4 + 2.5 * math.sin(now / 90 * 2 * math.pi) + 1 * math.sin(now / 13 * 2 * math.pi)


def ensure_demo(port: int) -> DemoTenant:
    """The demo's tenants, subscriptions and token; made when missing, and pointed at the receiver's port.

    What people changed since is left alone, but for the port in the URLs of the demo receiver.
    """
    state = _load_state(settings.DATA_DIR)
    with transaction.atomic():
        acme, _ = (_ensure_tenant(name, port) for name in (ACME, NORTE))
        known = tokens.find(state.token) if state else None
        token = state.token if state and known and known.tenant_id == acme.id else _new_token(acme)
        if state and state.port != port:
            _move_urls(state.port, port)
    _save_state(settings.DATA_DIR, _State(token, port))
    connection.close()
    return DemoTenant(acme, token)


def _ensure_tenant(name: str, port: int) -> Tenant:
    tenant = Tenant.objects.filter(name=name).first()
    if tenant is not None:
        return tenant
    tenant = create_tenant(name)
    for endpoint in ENDPOINTS:
        if endpoint.tenant == name:
            subscriptions.create(tenant.id, **_subscription(endpoint, port))
    return tenant


def _subscription(endpoint: DemoEndpoint, port: int) -> dict[str, Any]:
    schedule = endpoint.retry_schedule
    return {
        "url": f"http://{endpoint.host}.localhost:{port}{endpoint.path}",
        "events": list(endpoint.events),
        "description": endpoint.description,
        "retry_schedule": schedule if isinstance(schedule, str) else list(schedule),
        "timeout": endpoint.timeout,
    }


def _new_token(tenant: Tenant) -> str:
    return tokens.issue(tenant, ["read", "write"]).secret


def _move_urls(old_port: int, port: int) -> None:
    """The old port was taken this time: what pointed at the demo receiver follows it."""
    old, new = (f".localhost:{number}/" for number in (old_port, port))
    for subscription in Subscription.objects.filter(url__contains=old):
        subscription.url = subscription.url.replace(old, new, 1)
        subscription.save(update_fields=["url", "updated_at"])


def _receiver_on(state: _State | None) -> BackgroundReceiver:
    """The demo receiver, on the port of the last start when that is free."""
    if state:
        with suppress(OSError):
            return BackgroundReceiver(_make_app, state.port)
    return BackgroundReceiver(_make_app)


def _make_app() -> web.Application:
    return make_app({endpoint.path: endpoint.behaviour for endpoint in ENDPOINTS}, default=Behaviour())


def _load_state(folder: Path) -> _State | None:
    try:
        return _State(**json.loads((folder / STATE_FILE).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _save_state(folder: Path, state: _State) -> None:
    path = folder / STATE_FILE
    draft = path.with_name(f"{STATE_FILE}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(state), file)
    draft.replace(path)
