"""Runs simulated business at a given pace, tenant by tenant."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog
from django.db import Error, connection

from erp.errors import DomainError
from erp.simulation.business import Business

logger = structlog.get_logger(__name__)

# A run that falls further behind (the database was away) goes on from now instead of catching up in one burst. Seconds.
MOST_BEHIND = 1.0
# After a step that failed, in seconds.
SHORTEST_PAUSE = 0.01


@dataclass(frozen=True, slots=True)
class Totals:
    """What a run did: events made, steps that failed, and how long it took in seconds."""

    events: int
    failed: int
    seconds: float


class Simulation:
    """Business of some tenants, in turn. Use it on one thread; `dice` decides everything that varies."""

    def __init__(self, tenant_ids: Sequence[UUID], dice: random.Random) -> None:
        self._tenant_ids = deque(tenant_ids)
        self._businesses = {tenant_id: Business(tenant_id, dice) for tenant_id in tenant_ids}
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
            self._businesses[tenant_id].go_on()
        except (Error, DomainError) as exc:
            if not self._failing:
                logger.warning("simulated_event_failed", error=repr(exc))
            self._failing = True
            connection.close()
            return False
        self._failing = False
        return True
