"""Keeps the feed log's memory in Redis within bounds: every worker tries each few seconds, one of them does it."""

from __future__ import annotations

from collections.abc import Mapping
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
# Frames differ in size, so what is left is measured again.
PASSES = 4


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
    for _ in range(PASSES):
        most = level(list(sizes.values()), limit)
        if most is None:
            return
        large = {tenant: size for tenant, size in sizes.items() if size > most}
        await _trim(redis, large, most)
        sizes.update(dict.fromkeys(large, 0) | await _sizes(redis, list(large)))


async def _sizes(redis: Redis, tenants: list[str]) -> dict[str, int]:
    """Bytes of each tenant's log that there is."""
    sizes: dict[str, int] = {}
    for start in range(0, len(tenants), ASK_AT_ONCE):
        some = tenants[start : start + ASK_AT_ONCE]
        async with redis.pipeline(transaction=False) as pipe:
            for tenant in some:
                pipe.memory_usage(stream_key(tenant))
            found = await pipe.execute()
        sizes.update({tenant: size for tenant, size in zip(some, found, strict=True) if size is not None})
    return sizes


async def _trim(redis: Redis, sizes: Mapping[str, int], most: int) -> None:
    """Leave each of them about so many bytes of its newest frames."""
    async with redis.pipeline(transaction=False) as pipe:
        for tenant in sizes:
            pipe.xlen(stream_key(tenant))
        frames = await pipe.execute()
        for (tenant, size), count in zip(sizes.items(), frames, strict=True):
            pipe.xtrim(stream_key(tenant), maxlen=max(0, min(count - 1, count * most // size)), approximate=False)
        await pipe.execute()
