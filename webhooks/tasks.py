"""The Huey tasks. Messages carry ids only; what is true is in the rows."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import structlog
from django.conf import settings
from django.db import close_old_connections
from huey import crontab

from webhooks import dispatching, pruning
from webhooks.dispatching.refs import Ref

logger = structlog.get_logger(__name__)

AWAY_SECONDS = 10.0

huey = settings.HUEY


@huey.task(name="deliver")
def deliver(refs: list[Ref]) -> None:
    """Hand deliveries to this worker process's dispatcher."""
    dispatching.running().offer(refs)


def deliver_at(refs: list[Ref], second: int) -> None:
    """Have `deliver` run at a whole second of the epoch (UTC) by Huey's schedule."""
    # Straight into the schedule: through the queue it would take a worker's turn only to be put there.
    huey.add_schedule(deliver.s(refs, eta=datetime.fromtimestamp(second, UTC).replace(tzinfo=None)))


class Waker:
    """Sends wake-ups and never raises: the rows are in the table, and are read from there.

    A Redis that hangs takes its client's whole timeout to fail, so after a failure none is sent for `AWAY_SECONDS`:
    whoever publishes or records must not wait for the queue each time.
    """

    def __init__(self) -> None:
        self._away_until = 0.0

    def wake(self, refs: list[Ref], second: int | None = None) -> None:
        """Have `deliver` run soon, or at a whole second of the epoch."""
        if time.monotonic() < self._away_until:
            return
        try:
            if second is None:
                deliver(refs)
            else:
                deliver_at(refs, second)
        except Exception as exc:  # whatever the queue's client raises
            self._away_until = time.monotonic() + AWAY_SECONDS
            logger.warning("wake_up_not_sent", deliveries=len(refs), error=repr(exc))


waker = Waker()


@huey.periodic_task(crontab(minute="41"), name="disable_failing")
def disable_failing() -> None:
    """Every worker's scheduler starts this each hour; the second one finds nothing left to do."""
    from webhooks import disabling  # it publishes, and publishing needs this module

    try:
        disabling.disable_failing()
    finally:
        close_old_connections()


@huey.periodic_task(crontab(minute="17"), name="prune_history")
def prune_history() -> None:
    """Every worker's scheduler starts this each hour; two at once share the work."""
    try:
        pruning.prune()
    finally:
        close_old_connections()


@huey.periodic_task(crontab(hour="3", minute="23"), name="settle_orphans")
def settle_orphans() -> None:
    """Every worker's scheduler starts this each night; the second one finds nothing left to do."""
    try:
        pruning.settle_orphans()
    finally:
        close_old_connections()
