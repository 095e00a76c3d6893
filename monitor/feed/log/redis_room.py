"""Keeps the feed log's memory in Redis within bounds: every worker tries each few seconds, one of them does it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from redis.asyncio import Redis

from monitor.feed.log.room import level

# Set of the tenants that may have a log; it and the lock are on their own in Redis Cluster, too.
TENANTS = "feed:tenants"
LOCK = "feed:housekeeping"
LOCK_MILLISECONDS = 9_000
# Between two questions the event loop has other work: 100 answers cost it some milliseconds.
ASK_AT_ONCE = 100
# SAMPLES 0 counts every frame and takes no longer. By default the oldest five stand for all: a log of small frames
# followed by large ones was a third of its size, the other way round four times as much.
_SIZE = "redis.call('MEMORY', 'USAGE', KEYS[1], 'SAMPLES', 0)"
# A frame takes somewhat more than its rows: by them never too much is cut, and so again until it is enough.
_TRIM = f"""
local size = {_SIZE}
while size and size > tonumber(ARGV[1]) do
    local excess, cut = size - tonumber(ARGV[1]), 0
    for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 100)) do
        if excess <= 0 then
            break
        end
        cut, excess = cut + 1, excess - #entry[2][4]
    end
    if cut == 0 then
        break
    end
    redis.call('XTRIM', KEYS[1], 'MAXLEN', '=', redis.call('XLEN', KEYS[1]) - cut)
    size = {_SIZE}
end
"""


def stream_key(tenant: str) -> str:
    """The stream of a tenant, by the id's hexadecimal digits."""
    return f"feed:{{{tenant}}}:log"


async def register(redis: Redis, tenant_id: UUID) -> None:
    """The tenant has a log."""
    await redis.sadd(TENANTS, tenant_id.hex)


async def make_room(redis: Redis, limit: int) -> None:
    """Trim the largest logs until all together take `limit` bytes, as Redis measures them. Raises RedisError."""
    if not await redis.set(LOCK, 1, nx=True, px=LOCK_MILLISECONDS):
        return
    members: set[Any] = await redis.smembers(TENANTS)
    tenants = [tenant.decode() for tenant in members]
    sizes = await _sizes(redis, tenants)
    if gone := [tenant for tenant in tenants if tenant not in sizes]:
        await redis.srem(TENANTS, *gone)
    most = level(list(sizes.values()), limit)
    if most is None:
        return
    trim = redis.register_script(_TRIM)
    for tenant, size in sizes.items():
        if size > most:
            await trim(keys=[stream_key(tenant)], args=[most])


async def _sizes(redis: Redis, tenants: list[str]) -> dict[str, int]:
    """Bytes of each tenant's log that there is."""
    sizes: dict[str, int] = {}
    for start in range(0, len(tenants), ASK_AT_ONCE):
        some = tenants[start : start + ASK_AT_ONCE]
        async with redis.pipeline(transaction=False) as pipe:
            for tenant in some:
                pipe.memory_usage(stream_key(tenant), samples=0)
            found = await pipe.execute()
        sizes.update({tenant: size for tenant, size in zip(some, found, strict=True) if size is not None})
    return sizes
