"""The feed log in Redis: a stream, a hash and a list for each tenant, changed only by atomic scripts.

    feed:{<tenant>}:log        stream; id `<last>-0`, fields `from` and `rows`
    feed:{<tenant>}:meta       hash; `epoch`, `seq`, `unlogged` (how many announcements there were) and, for each writer
                               `w:<writer>`, `<number>:<first>:<last>:<through>` of what it appended last
    feed:{<tenant>}:unlogged   list; `<number>:<after>:<n>`, see `Unlogged`
    feed:tenants               set of the tenants that may have a log, see `redis_room`

The braces are Redis Cluster's hash tag: all of a tenant's keys live in one place.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import redis
import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from monitor.feed.frames import FIELDS, Frame
from monitor.feed.log import (
    IDLE_SECONDS,
    MAX_UNLOGGED,
    Bounds,
    FeedLogUnavailableError,
    Lost,
    Page,
    Piece,
    Unlogged,
    new_epoch,
    redis_room,
)
from monitor.feed.waiting import uncut

logger = structlog.get_logger(__name__)

DEADLINE_SECONDS = 2.0
CONNECTIONS = 10
REMEMBERED_TENANTS = 10_000
REGISTER_SECONDS = 60.0
# What Redis says of keys of another type, and of scripts that met what they do not expect; not of a Redis that is
# loading, full or a replica.
_SIGNS_OF_DAMAGE = ("WRONGTYPE", "user_script", "equal or smaller", "not an integer")

# A Redis that came back from an old copy has given fewer numbers than we have seen. Going on from there would give
# numbers twice, and a client drops what it thinks it has: so the log begins anew.
_BEGIN = """
local epoch = redis.call('HGET', KEYS[1], 'epoch')
local seq = tonumber(redis.call('HGET', KEYS[1], 'seq') or '0')
if not epoch or (epoch == ARGV[3] and seq < tonumber(ARGV[4])) then
    redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
    epoch, seq = ARGV[2], 0
    redis.call('HSET', KEYS[1], 'epoch', epoch, 'seq', seq)
end
"""
_END = """
redis.call('EXPIRE', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[2], ARGV[1])
redis.call('EXPIRE', KEYS[3], ARGV[1])
"""
_BOUNDS = f"""{_BEGIN}
local entry = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
{_END}
return {{epoch, entry and tonumber(entry[2][2]) or seq + 1, seq, redis.call('LRANGE', KEYS[3], 0, -1)}}
"""
# What a writer appended last, and what it has settled.
_WRITER = """
local writer = 'w:' .. ARGV[5]
local number, first, last, settled =
    string.match(redis.call('HGET', KEYS[1], writer) or '0:0:0:0', '^(%d+):(%d+):(%d+):?(%d*)$')
settled = tonumber(settled) or 0
"""
# ARGV from 5: writer, number, rows, count, attempts to keep, through.
_APPEND = f"""{_BEGIN}
{_WRITER}
if number == ARGV[6] then
    return {{epoch, tonumber(first), tonumber(last)}}
end
first, last = seq + 1, seq + tonumber(ARGV[8])
redis.call('XADD', KEYS[2], string.format('%d-0', last), 'from', string.format('%d', first), 'rows', ARGV[7])
redis.call('HSET', KEYS[1], 'seq', string.format('%d', last),
           writer, string.format('%s:%d:%d:%d', ARGV[6], first, last, math.max(settled, tonumber(ARGV[10]))))
redis.call('XTRIM', KEYS[2], 'MINID', '=', string.format('%d', math.max(0, last - tonumber(ARGV[9]) + 1)))
{_END}
return {{epoch, first, last}}
"""
# ARGV from 5: writer, announcements to keep, then `through` and `n` of each part.
_ADD_UNLOGGED = f"""{_BEGIN}
{_WRITER}
local total = 0
for part = 7, #ARGV, 2 do
    local through = tonumber(ARGV[part])
    total = total + math.max(0, math.min(through - settled, tonumber(ARGV[part + 1])))
    settled = math.max(settled, through)
end
redis.call('HSET', KEYS[1], writer, string.format('%s:%s:%s:%d', number, first, last, settled))
if total > 0 then
    local announced = redis.call('HINCRBY', KEYS[1], 'unlogged', 1)
    redis.call('RPUSH', KEYS[3], string.format('%d:%d:%d', announced, seq, total))
    redis.call('LTRIM', KEYS[3], -tonumber(ARGV[6]), -1)
end
{_END}
return total
"""


class RedisFeedLog:
    """`keep`: attempts of a tenant that are kept at least, as long as all tenants' logs fit into `limit` bytes; trimmed
    by whole frames. Belongs to one event loop."""

    def __init__(self, url: str, keep: int, limit: int) -> None:
        self._keep = keep
        self._limit = limit
        self._redis: Redis = Redis.from_pool(
            BlockingConnectionPool.from_url(
                url,
                max_connections=CONNECTIONS,
                timeout=DEADLINE_SECONDS,
                socket_timeout=DEADLINE_SECONDS,
                socket_connect_timeout=DEADLINE_SECONDS,
                # A connection that a restart of Redis has closed is only noticed when it is used.
                retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
            )
        )
        self._append = self._redis.register_script(_APPEND)
        self._bounds = self._redis.register_script(_BOUNDS)
        self._add_unlogged = self._redis.register_script(_ADD_UNLOGGED)
        self._seen: OrderedDict[UUID, tuple[str, int]] = OrderedDict()
        self._registered: OrderedDict[UUID, float] = OrderedDict()  # when, the longest ago first

    async def append(self, tenant_id: UUID, piece: Piece) -> Frame:
        arguments = [piece.writer, piece.number, piece.rows_json, piece.rows, self._keep, piece.through]
        async with self._mending(tenant_id):
            epoch, first, last = await self._call(self._append, tenant_id, arguments)
            self._remember(tenant_id, epoch.decode(), last)
            return Frame(epoch.decode(), first, last, rows_json=piece.rows_json)

    async def bounds(self, tenant_id: UUID) -> Bounds:
        async with self._mending(tenant_id):
            epoch, oldest, head, found = await self._call(self._bounds, tenant_id, [])
            unlogged = tuple(Unlogged(*map(int, each.split(b":"))) for each in found)
            self._remember(tenant_id, epoch.decode(), head)
            return Bounds(epoch.decode(), oldest, head, unlogged)

    async def add_unlogged(self, tenant_id: UUID, lost: Lost) -> int:
        counts = [count for part in lost.parts for count in part]
        async with self._mending(tenant_id):
            added: int = await self._call(self._add_unlogged, tenant_id, [lost.writer, MAX_UNLOGGED, *counts])
            return added

    async def read(self, tenant_id: UUID, after: int, limit: int) -> Page:
        return await uncut(self._read(tenant_id, after, limit))

    async def _read(self, tenant_id: UUID, after: int, limit: int) -> Page:
        meta, stream, _ = _keys(tenant_id)
        async with self._mending(tenant_id):
            # One transaction, or the frames could be those of another epoch.
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.hget(meta, "epoch")
                pipe.xrange(stream, min=f"{after + 1}-0", count=limit)
                epoch, entries = await pipe.execute()
            name = (epoch or b"").decode()
            return Page(name, [_frame(name, entry, fields) for entry, fields in entries])

    async def make_room(self) -> None:
        try:
            await uncut(redis_room.make_room(self._redis, self._limit))
        except (redis.ConnectionError, redis.TimeoutError, OSError) as exc:
            raise FeedLogUnavailableError(repr(exc)) from exc

    async def aclose(self) -> None:
        await self._redis.aclose(close_connection_pool=True)

    async def _call(self, script: Any, tenant_id: UUID, arguments: list[Any]) -> Any:
        seen_epoch, seen_head = self._seen.get(tenant_id, ("", 0))
        if time.monotonic() - self._registered.get(tenant_id, -REGISTER_SECONDS) >= REGISTER_SECONDS:
            await self._register(tenant_id)
        known = [IDLE_SECONDS, new_epoch(), seen_epoch, seen_head]
        return await uncut(script(keys=_keys(tenant_id), args=[*known, *arguments]))

    @asynccontextmanager
    async def _mending(self, tenant_id: UUID) -> AsyncIterator[None]:
        """What somebody else has put into a tenant's log so that it cannot be read is thrown away: the log begins anew,
        which its clients are told, and nobody else's log waits for it."""
        try:
            yield
        except (redis.ResponseError, ValueError, TypeError, LookupError) as exc:
            if isinstance(exc, redis.ResponseError) and not any(sign in str(exc) for sign in _SIGNS_OF_DAMAGE):
                raise FeedLogUnavailableError(repr(exc)) from exc
            logger.error("feed_log_damaged", tenant=str(tenant_id), error=repr(exc)[:200])
            await self._throw_away(tenant_id)
            raise FeedLogUnavailableError("the log could not be read and begins anew") from exc
        except (redis.RedisError, OSError) as exc:
            raise FeedLogUnavailableError(repr(exc)) from exc

    async def _throw_away(self, tenant_id: UUID) -> None:
        try:
            await uncut(self._redis.delete(*_keys(tenant_id)))
        except (redis.RedisError, OSError) as exc:
            raise FeedLogUnavailableError(repr(exc)) from exc

    async def _register(self, tenant_id: UUID) -> None:
        # Now and then again: a Redis that was restarted has forgotten it.
        await uncut(redis_room.register(self._redis, tenant_id))
        self._registered[tenant_id] = time.monotonic()
        self._registered.move_to_end(tenant_id)
        if len(self._registered) > REMEMBERED_TENANTS:
            self._registered.popitem(last=False)

    def _remember(self, tenant_id: UUID, epoch: str, head: int) -> None:
        seen_epoch, seen_head = self._seen.get(tenant_id, ("", 0))
        self._seen[tenant_id] = (epoch, max(head, seen_head) if epoch == seen_epoch else head)
        self._seen.move_to_end(tenant_id)
        if len(self._seen) > REMEMBERED_TENANTS:
            self._seen.popitem(last=False)


def _keys(tenant_id: UUID) -> tuple[str, str, str]:
    prefix = f"feed:{{{tenant_id.hex}}}"
    return f"{prefix}:meta", redis_room.stream_key(tenant_id.hex), f"{prefix}:unlogged"


def _frame(epoch: str, entry: bytes, fields: dict[bytes, bytes]) -> Frame:
    """Raises ValueError, TypeError or LookupError for what no worker has written."""
    frame = Frame(epoch, int(fields[b"from"]), int(entry.partition(b"-")[0]), rows_json=fields[b"rows"])
    if len(frame.rows) != frame.count or any(len(row) != len(FIELDS) for row in frame.rows):
        raise ValueError(f"entry {entry!r} has other rows than it says")
    return frame
