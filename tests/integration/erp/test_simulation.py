"""Simulated business goes through the real services, one event a step."""

from __future__ import annotations

import random
import threading
from collections import Counter

from django.db import connection
from django.db.models import F

from erp.invoicing.models import Invoice
from erp.reconciliation.models import Payment
from erp.simulation import Simulation
from tenancy.models import Tenant
from webhooks.event_types import names
from webhooks.models import Event


def _run(simulation: Simulation, events: int) -> tuple[int, int]:
    totals = simulation.run(lambda: 0, threading.Event(), events)
    return totals.events, totals.failed


def test_exactly_the_wanted_number_of_events_is_published(tenant: Tenant) -> None:
    assert _run(Simulation([tenant.id], random.Random(1)), 150) == (150, 0)
    assert Event.objects.count() == 150


def test_every_kind_of_event_occurs_as_often_as_in_a_real_business(tenant: Tenant) -> None:
    events = 600
    assert _run(Simulation([tenant.id], random.Random(2)), events) == (events, 0)
    kinds = Counter(Event.objects.values_list("type", flat=True))
    assert set(kinds) == set(names())
    assert kinds["sales_order.created"] > kinds["sales_order.confirmed"] > kinds["invoice.authorized"]
    assert kinds["invoice.sent"] > kinds["invoice.authorized"] > 3 * kinds["invoice.rejected"]
    assert kinds["payment.received"] > 3 * kinds["payment.failed"]
    assert max(kinds.values()) < events / 4


def test_the_books_are_right_afterwards(tenant: Tenant) -> None:
    _run(Simulation([tenant.id], random.Random(6)), 300)
    for invoice in Invoice.objects.all():
        payments = Payment.objects.filter(invoice_id=invoice.id, status="received")
        assert invoice.amount_paid == sum(payment.amount for payment in payments)
    assert Invoice.objects.filter(amount_paid=F("total")).exists()


def test_tenants_take_turns(tenant: Tenant) -> None:
    other = Tenant.objects.create(name="Norte", slug="norte")
    _run(Simulation([tenant.id, other.id], random.Random(3)), 20)
    assert {t.slug: Event.objects.filter(tenant_id=t.id).count() for t in (tenant, other)} == {"acme": 10, "norte": 10}


def test_it_ends_when_it_is_stopped(tenant: Tenant) -> None:
    stop = threading.Event()

    def rate() -> float:
        stop.set()
        return 0

    assert Simulation([tenant.id], random.Random(4)).run(rate, stop).events == 1


def test_what_the_database_refuses_is_counted_and_made_up_for(tenant: Tenant) -> None:
    _rename_table("webhook_events", "away")
    asked = 0

    def rate() -> float:
        nonlocal asked
        asked += 1
        if asked == 3:
            _rename_table("away", "webhook_events")
        return 0

    totals = Simulation([tenant.id], random.Random(5)).run(rate, threading.Event(), 5)
    assert (totals.events, totals.failed) == (5, 3)
    assert Event.objects.count() == 5


def _rename_table(old: str, new: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {old} RENAME TO {new}")
