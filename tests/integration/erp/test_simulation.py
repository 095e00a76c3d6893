"""Simulated business goes through the real services, one event a step."""

from __future__ import annotations

import random
import threading

from django.db import connection

from erp.simulation import Simulation
from tenancy.models import Tenant
from webhooks.models import Event


def _run(simulation: Simulation, events: int) -> tuple[int, int]:
    totals = simulation.run(lambda: 0, threading.Event(), events)
    return totals.events, totals.failed


def test_exactly_the_wanted_number_of_events_is_published(tenant: Tenant) -> None:
    assert _run(Simulation([tenant.id], random.Random(1)), 150) == (150, 0)
    assert Event.objects.count() == 150


def test_every_kind_of_event_occurs(tenant: Tenant) -> None:
    _run(Simulation([tenant.id], random.Random(2)), 150)
    kinds = set(Event.objects.values_list("type", flat=True))
    assert kinds == {"customer.created", "customer.updated", "payment.received", "payment.failed"}


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
