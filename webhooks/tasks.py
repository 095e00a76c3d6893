"""The Huey tasks. Messages carry ids only; what is true is in the rows."""

from __future__ import annotations

from datetime import UTC, datetime

from django.conf import settings
from django.db import close_old_connections
from huey import crontab

from webhooks import dispatching, pruning
from webhooks.dispatching.refs import Ref

huey = settings.HUEY


@huey.task(name="deliver")
def deliver(refs: list[Ref]) -> None:
    """Hand deliveries to this worker process's dispatcher."""
    dispatching.running().offer(refs)


def deliver_at(refs: list[Ref], second: int) -> None:
    """Have `deliver` run at a whole second of the epoch (UTC) by Huey's schedule."""
    # Straight into the schedule: through the queue it would take a worker's turn only to be put there.
    huey.add_schedule(deliver.s(refs, eta=datetime.fromtimestamp(second, UTC).replace(tzinfo=None)))


@huey.periodic_task(crontab(hour="3", minute="17"), name="prune_history")
def prune_history() -> None:
    """Every worker's scheduler starts this each night; the second one finds nothing left to do."""
    try:
        pruning.prune()
    finally:
        close_old_connections()
