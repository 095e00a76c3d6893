"""Attempts of all tenants, for staff: what the workers on this host have counted, read while one of the staff looks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple
from weakref import WeakKeyDictionary

import structlog

from webhooks.metrics import store

logger = structlog.get_logger(__name__)

READ_SECONDS = 1.0


class Totals(NamedTuple):
    """Attempts counted so far, those of them that failed, and those that were followed by a retry."""

    attempts: int
    failed: int
    retries: int

    def since(self, earlier: Totals) -> Totals:
        """What was counted between the two; nothing when the counters began anew."""
        return Totals(*(max(0, now - then) for now, then in zip(self, earlier, strict=True)))


class SystemTotals:
    """`latest` is what was read last, None while nobody looks or it cannot be read. Belongs to one event loop."""

    def __init__(self) -> None:
        self.latest: Totals | None = None
        self._lookers = 0
        self._reader: asyncio.Task[None] | None = None

    @property
    def watched(self) -> bool:
        """Whether somebody looks."""
        return self._lookers > 0

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Keep `latest` up to date meanwhile."""
        self._lookers += 1
        if self._reader is None:
            self._reader = asyncio.create_task(self._read_each_second())
        try:
            yield
        finally:
            self._lookers -= 1
            if not self._lookers:
                self._reader.cancel()
                self._reader = self.latest = None

    async def _read_each_second(self) -> None:
        while True:
            try:
                # One at a time: files that are slow to read are read less often.
                self.latest = await asyncio.to_thread(_totals)
            except Exception:
                self.latest = None
                logger.exception("feed_totals_unreadable")
            await asyncio.sleep(READ_SECONDS)


def _totals() -> Totals:
    attempts = failed = retries = 0.0
    for metric in store.registry().collect():
        for sample in metric.samples:
            if sample.name == "webhook_deliveries_total":
                attempts += sample.value
                failed += sample.value if sample.labels["status"] == "failed" else 0
            elif sample.name == "webhook_retries_total":
                retries += sample.value
    return Totals(int(attempts), int(failed), int(retries))


_totals_of: WeakKeyDictionary[asyncio.AbstractEventLoop, SystemTotals] = WeakKeyDictionary()


def system_totals() -> SystemTotals:
    """The running event loop's."""
    return _totals_of.setdefault(asyncio.get_running_loop(), SystemTotals())
