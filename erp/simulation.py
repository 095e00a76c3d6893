"""Simulated business: the real services, driven with made-up customers and payments at a given pace.

Every step makes exactly one event. Nothing is remembered between runs.
"""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

import structlog
from django.db import Error, connection

from erp.crm.models import Customer
from erp.crm.services import CustomerChanges, create_customer, update_customer
from erp.errors import DomainError
from erp.reconciliation.services import fail_payment, receive_payment

logger = structlog.get_logger(__name__)
T = TypeVar("T")

# Out of 100 steps; a step that lacks its customer or payment makes one instead.
RECEIVE, FAIL, CREATE, UPDATE = 70, 4, 8, 18
# How many customers and payments of a tenant a run remembers for later changes.
REMEMBERED = 200
# A run that falls further behind (the database was away) goes on from now instead of catching up in one burst. Seconds.
MOST_BEHIND = 1.0
# After a step that failed, in seconds.
SHORTEST_PAUSE = 0.01

COMPANIES = (
    "Almazara del Sur", "Bodegas Ribera", "Cobalt Machining", "Delta Packaging", "Estudio Norte", "Ferreteria Molina",
    "Granja Verde", "Harbour Foods", "Iberica de Cables", "Juniper Textiles", "Kestrel Optics", "Lumen Lighting",
    "Meridian Tools", "Nordwind Logistik", "Olive & Thyme", "Paloma Cosmetics", "Quarry Stone Works", "Rioja Glass",
    "Sierra Paper", "Talleres Vega", "Umbra Interiors", "Vale Dairy", "Wexford Pumps", "Zephyr Bicycles",
)  # fmt: skip
SUFFIXES = ("S.L.", "S.A.", "GmbH", "Ltd", "& Sons", "Group", "B.V.")
PEOPLE = (
    "ana.garcia", "ben.carter", "carla.ruiz", "david.moore", "elena.novak", "frank.meyer", "grace.hill", "hugo.prieto",
    "ines.costa", "jonas.weber", "karin.lund", "lucia.ferrer", "marta.soler", "nils.berg", "olga.petrova", "paul.roy",
)  # fmt: skip
CURRENCIES, CURRENCY_WEIGHTS = ("EUR", "USD", "GBP", "MXN", "CHF", "PLN"), (58, 18, 10, 6, 5, 3)
METHODS, METHOD_WEIGHTS = ("bank_transfer", "card", "direct_debit", "cash", "cheque"), (45, 28, 20, 4, 3)
REASONS = (
    "insufficient funds", "card expired", "account closed", "mandate revoked", "rejected by the bank",
    "charged back by the payer",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Totals:
    """What a run did: events made, steps that failed, and how long it took in seconds."""

    events: int
    failed: int
    seconds: float


@dataclass(slots=True)
class _Memory:
    """What a run made for one tenant so far."""

    customers: deque[Customer] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    payments: deque[UUID] = field(default_factory=lambda: deque(maxlen=REMEMBERED))


class Simulation:
    """Business of some tenants, in turn. Use it on one thread; `dice` decides everything that varies."""

    def __init__(self, tenant_ids: Sequence[UUID], dice: random.Random) -> None:
        self._tenant_ids = deque(tenant_ids)
        self._memories = {tenant_id: _Memory() for tenant_id in tenant_ids}
        self._dice = dice
        self._failing = False

    def run(self, rate: Callable[[], float], stop: threading.Event, events: int | None = None) -> Totals:
        """Step until `events` were made or `stop` is set. A failed step is counted and made up for.

        `rate` is asked before each step for the events a second; 0 means as fast as possible.
        """
        made = failed = 0
        started = next_at = time.monotonic()
        while (events is None or made < events) and not stop.wait(max(0, next_at - time.monotonic())):
            if self.step():
                made += 1
            else:
                failed += 1
            pace = rate()
            next_at = max(next_at + (1 / pace if pace else 0), time.monotonic() - MOST_BEHIND)
            if self._failing:
                # A database that is away is not asked at full speed.
                next_at = max(next_at, time.monotonic() + SHORTEST_PAUSE)
        connection.close()
        return Totals(made, failed, round(time.monotonic() - started, 3))

    def step(self) -> bool:
        """Make one event of the next tenant; False when the database or a rule refused it."""
        tenant_id = self._tenant_ids[0]
        self._tenant_ids.rotate(-1)
        try:
            self._do_something(tenant_id, self._memories[tenant_id])
        except (Error, DomainError) as exc:
            if not self._failing:
                logger.warning("simulated_event_failed", error=repr(exc))
            self._failing = True
            connection.close()
            return False
        self._failing = False
        return True

    def _do_something(self, tenant_id: UUID, memory: _Memory) -> None:
        (kind,) = self._dice.choices(("receive", "fail", "create", "update"), (RECEIVE, FAIL, CREATE, UPDATE))
        if kind == "fail" and memory.payments:
            fail_payment(tenant_id, self._take(memory.payments), self._dice.choice(REASONS))
        elif kind == "create" or (kind == "update" and not memory.customers):
            memory.customers.append(self._create_customer(tenant_id))
        elif kind == "update":
            customer = self._take(memory.customers)
            memory.customers.append(update_customer(tenant_id, customer.id, self._changes(customer)))
        else:
            memory.payments.append(self._receive_payment(tenant_id))

    def _take(self, remembered: deque[T]) -> T:
        remembered.rotate(self._dice.randrange(len(remembered)))
        return remembered.popleft()

    def _create_customer(self, tenant_id: UUID) -> Customer:
        company = self._dice.choice(COMPANIES)
        return create_customer(
            tenant_id,
            name=f"{company} {self._dice.choice(SUFFIXES)}",
            email=f"{self._dice.choice(PEOPLE)}@{_domain(company)}",
            tax_id=self._tax_id(),
        )

    def _changes(self, customer: Customer) -> CustomerChanges:
        """Another contact person, and now and then a corrected tax id."""
        person, _, domain = customer.email.partition("@")
        changes = CustomerChanges(email=f"{self._dice.choice([p for p in PEOPLE if p != person])}@{domain}")
        if self._dice.random() < 0.2:
            changes["tax_id"] = self._tax_id()
        return changes

    def _receive_payment(self, tenant_id: UUID) -> UUID:
        # Many small amounts and a few large ones; the median is some 240.
        cents = int(self._dice.lognormvariate(10.1, 1.2)) + 100
        return receive_payment(
            tenant_id,
            amount=Decimal(cents) / 100,
            currency=self._dice.choices(CURRENCIES, CURRENCY_WEIGHTS)[0],
            method=self._dice.choices(METHODS, METHOD_WEIGHTS)[0],
            reference=f"RF{self._dice.randrange(10, 99)}-{self._dice.randrange(10**6):06}",
        ).id

    def _tax_id(self) -> str:
        return f"{self._dice.choice('ABEGN')}{self._dice.randrange(10**7, 10**8)}"


def _domain(company: str) -> str:
    return "".join(character for character in company.lower() if character.isalnum()) + ".example"
