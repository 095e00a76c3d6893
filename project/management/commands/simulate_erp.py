"""`manage.py simulate_erp`: made-up business through the real ERP services."""

import random
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.core.management.base import CommandParser

from erp.simulation import Simulation
from project.config import exit_with
from project.management.command import ProjectCommand, number, whole_number
from project.processes import stop_on_signal
from tenancy.models import Tenant


def events_a_second(text: str) -> float:
    return number(text, least=0, meaning="events a second, 0 or more")


def number_of_events(text: str) -> int:
    return whole_number(text, meaning="a whole number of events")


class Command(ProjectCommand):
    help = (
        "Drive the real ERP services with made-up customers, orders, invoices and payments. Without --tenant the "
        "events go to all tenants in turn. What fails (the database is away) is counted and made up for, so that "
        'exactly --events happen. Ends with one line {"events", "failed", "seconds"}; SIGTERM and Ctrl-C end it early.'
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--rate", type=events_a_second, required=True, metavar="N", help="events a second; 0: as fast as it can"
        )
        parser.add_argument("--tenant", metavar="SLUG", help="only this tenant")
        parser.add_argument("--events", type=number_of_events, metavar="N", help="end after exactly N events")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = stop_on_signal()
        simulation = Simulation(_tenant_ids(options["tenant"]), random.Random())
        self.say_json(asdict(simulation.run(lambda: options["rate"], stop, options["events"])))


def _tenant_ids(slug: str | None) -> list[UUID]:
    tenants = Tenant.objects.order_by("id")
    found = list((tenants.filter(slug=slug) if slug else tenants).values_list("id", flat=True))
    if not found:
        exit_with(
            [f"there is no tenant {slug}" if slug else "there is no tenant; make one: manage.py create_tenant NAME"],
            code=1,
        )
    return found
