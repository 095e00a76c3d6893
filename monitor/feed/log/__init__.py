"""The feed log: the ordered, recoverable record of a tenant's recent attempts, which gives each its number.

Bounded to `settings.FEED_LOG_ATTEMPTS` a tenant and to `settings.FEED_LOG_BYTES` over all, where the largest give way
first; a log that nobody wrote or watched for an hour is forgotten. An *epoch* names one run of numbers: whenever
numbers begin anew (the log was forgotten, lost, or restored from an old copy) there is another epoch, so that a number
is never taken for one of another run.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import NamedTuple, Protocol
from uuid import UUID
from weakref import WeakKeyDictionary

from django.conf import settings

from monitor.feed.frames import Frame

IDLE_SECONDS = 3600
# Announcements of what was never logged, for each tenant.
MAX_UNLOGGED = 100


class FeedLogUnavailableError(Exception):
    """The log did not answer in time; trying again later may succeed."""


class Unlogged(NamedTuple):
    """`n` attempts were recorded and never logged; it was found when the log's head was `after`. `number` ascends."""

    number: int
    after: int
    n: int


class Bounds(NamedTuple):
    """`oldest` to `head` are in the log; `oldest` is `head + 1` when it is empty. `unlogged`: the latest ones."""

    epoch: str
    oldest: int
    head: int
    unlogged: tuple[Unlogged, ...] = ()


class Piece(NamedTuple):
    """Rows to append in one go. Appending the same `writer` and `number` again changes nothing: an append whose
    answer was lost may be repeated."""

    writer: str
    number: int  # ascending for a writer
    rows_json: bytes  # frames.unnumbered_row of each, a JSON list
    rows: int
    # How many of the tenant's attempts this writer has settled with these: logged, or announced as lost.
    through: int


class Lost(NamedTuple):
    """Attempts that a writer recorded and will not log. `parts`, ascending, have the writer's count with the attempts
    (`through` of `Piece`) and how many they are; what the log knows to be settled of them is not counted again."""

    writer: str
    parts: tuple[tuple[int, int], ...]


class Page(NamedTuple):
    """Frames of the log in order, and the epoch they were read in."""

    epoch: str
    frames: list[Frame]


class FeedLog(Protocol):
    """All methods raise FeedLogUnavailableError, within a few seconds."""

    async def append(self, tenant_id: UUID, piece: Piece) -> Frame:
        """Number the rows and keep them."""

    async def add_unlogged(self, tenant_id: UUID, lost: Lost) -> int:
        """Announce what is lost; how many attempts that are. The same ones again are none."""

    async def read(self, tenant_id: UUID, after: int, limit: int) -> Page:
        """Up to `limit` frames with numbers above `after`, oldest first. The first may begin at or below `after`."""

    async def bounds(self, tenant_id: UUID) -> Bounds:
        """What the log has. Begins an epoch when there is none, and keeps the log from being forgotten."""

    async def make_room(self) -> None:
        """Keep all tenants' logs together within their bytes; to be called every few seconds. Whatever else the log's
        client raises means that it cannot be measured."""

    async def aclose(self) -> None:
        """Let go of connections."""


def new_epoch() -> str:
    """A name no other run of numbers has."""
    return secrets.token_hex(8)


_logs: WeakKeyDictionary[asyncio.AbstractEventLoop, FeedLog] = WeakKeyDictionary()


def feed_log() -> FeedLog:
    """The running event loop's feed log: Redis where FEED_REDIS_URL is set, otherwise this process's memory."""
    loop = asyncio.get_running_loop()
    if loop not in _logs:
        _logs[loop] = _make()
    return _logs[loop]


def _make() -> FeedLog:
    from monitor.feed.log.memory import MemoryFeedLog
    from monitor.feed.log.redis_streams import RedisFeedLog

    if settings.FEED_REDIS_URL:
        return RedisFeedLog(settings.FEED_REDIS_URL, settings.FEED_LOG_ATTEMPTS, settings.FEED_LOG_BYTES)
    return MemoryFeedLog(settings.FEED_LOG_ATTEMPTS, settings.FEED_LOG_BYTES)
