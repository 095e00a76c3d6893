"""How Huey is wired: its queue storage in both modes, and a consumer whose worker drains messages in batches.

Huey gives the queue, the schedule and periodic tasks. A message is only a wake-up (rows are the truth, see
docs/architecture.md), so results, retries and revocation of Huey stay off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from huey import Huey
from huey.consumer import Consumer
from huey.serializer import SignedSerializer
from huey.storage import RedisStorage, SqliteStorage
from redis import ConnectionPool

if TYPE_CHECKING:
    from project.config import Config

QUEUE_NAME = "deliveries"


class RedisQueue(RedisStorage):
    """Huey's Redis storage that can also hand out several messages in one round trip."""

    def dequeue_more(self, limit: int) -> list[bytes]:
        return self.conn.rpop(self.queue_key, limit) or []


class SqliteQueue(SqliteStorage):
    """Huey's SQLite storage with the same batch read, one message at a time."""

    def dequeue_more(self, limit: int) -> list[bytes]:
        messages: list[bytes] = []
        while len(messages) < limit and (message := self.dequeue()) is not None:
            messages.append(message)
        return messages


class DeliveryHuey(Huey):
    """Huey whose consumer uses `webhooks.dispatching.worker.DispatchWorker`."""

    def create_consumer(self, **options: Any) -> Consumer:
        from webhooks.dispatching.worker import DispatchConsumer  # tasks import this instance first

        return DispatchConsumer(self, **options)


def make_huey(config: Config) -> DeliveryHuey:
    """The process's Huey. `SignedSerializer`: whoever can write to the queue must not run code here (pickle)."""
    common = {"results": False, "serializer": SignedSerializer(secret=config.SECRET_KEY, salt="huey")}
    if config.embedded:
        return DeliveryHuey(
            QUEUE_NAME, storage_class=SqliteQueue, filename=str(config.DATA_DIR / "queue.sqlite3"), timeout=20, **common
        )
    return DeliveryHuey(
        QUEUE_NAME,
        storage_class=RedisQueue,
        # Above the second that a worker waits for a message; who publishes waits as long for a Redis that hangs.
        connection_pool=ConnectionPool.from_url(config.REDIS_URL, socket_connect_timeout=2, socket_timeout=2),
        **common,
    )
