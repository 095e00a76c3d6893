"""A tenant, its token, and the worker's side of the feed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import redis
from pytest_django.fixtures import Settings

from monitor.feed.broadcasting import Broadcaster
from monitor.feed.log import Piece, feed_log
from tenancy.models import Tenant
from tests import factories
from tests.servers import Redis
from tests.unit.feed.rows import attempt, rows_json


@pytest.fixture
def tenant(transactional_db: None) -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def token(tenant: Tenant) -> str:
    return factories.make_token(tenant, ("read",))


@pytest.fixture(autouse=True)
async def closed_feed_log() -> AsyncIterator[None]:
    """Every test has an event loop, and so a feed log, of its own."""
    yield
    await feed_log().aclose()


@pytest.fixture
def short_log(settings: Settings) -> None:
    """To be named before `worker`, which opens the log."""
    settings.FEED_LOG_ATTEMPTS = 100


class Worker:
    """Records attempts as the delivery engine does, and can also log them without telling anyone."""

    def __init__(self, broadcaster: Broadcaster, tenant: Tenant) -> None:
        self._broadcaster = broadcaster
        self._tenant = tenant
        self._pieces = 0

    def record(self, count: int = 1, tenant: Tenant | None = None, **fields: Any) -> list[str]:
        """The ids of the deliveries."""
        attempts = [attempt((tenant or self._tenant).id, **fields) for _ in range(count)]
        self._broadcaster.receive(attempts)
        return [str(each.delivery_id) for each in attempts]

    async def log(self, count: int = 1, **fields: Any) -> None:
        """In the log, but lost in the channel layer."""
        self._pieces += 1
        await feed_log().append(self._tenant.id, Piece("test", self._pieces, rows_json(count, **fields), count, 0))


@pytest.fixture
async def worker(tenant: Tenant) -> AsyncIterator[Worker]:
    broadcaster = Broadcaster(asyncio.get_running_loop())
    await broadcaster.start()
    yield Worker(broadcaster, tenant)
    await broadcaster.stop()


@pytest.fixture
def on_redis(settings: Settings, redis_server: Redis) -> Iterator[Redis]:
    """Feed log and channel layer on a Redis that the test may stop and start."""
    settings.FEED_REDIS_URL = redis_server.url
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [redis_server.url], "prefix": "feed"},
        }
    }
    yield redis_server
    try:
        redis_server.ping()
    except redis.ConnectionError:
        redis_server.start()
