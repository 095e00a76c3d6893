"""Which worker processes are alive, told by themselves."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import models

from webhooks.models import sql

EVERY_SECONDS = 5.0
# Who has not been heard of for so long is not alive: it was killed, or its event loop hangs.
ALIVE = timedelta(seconds=30)
KEPT = timedelta(days=1)


class Heartbeat(models.Model):
    """A worker process, by an id of its own."""

    id = models.UUIDField(primary_key=True)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "webhook_workers"

    def __str__(self) -> str:
        return f"worker {self.pid} on {self.host}, seen at {self.seen_at:%X}"


def beat(worker: UUID, host: str, pid: int, started_at: datetime, now: datetime) -> None:
    """This worker is alive."""
    sql.execute(
        """INSERT INTO webhook_workers AS w (id, host, pid, started_at, seen_at) VALUES (%s, %s, %s, %s, %s)
           ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at""",
        [worker, host[:255], pid, started_at, now],
    )
    sql.execute("DELETE FROM webhook_workers WHERE seen_at < %s", [now - KEPT])


def end(worker: UUID, now: datetime) -> None:
    """This worker has ended in order."""
    sql.execute("UPDATE webhook_workers SET seen_at = %s, ended_at = %s WHERE id = %s", [now, now, worker])


def last_seen() -> datetime | None:
    """When any worker was last heard of; None when none has been for a day."""
    ((seen,),) = sql.rows("SELECT max(seen_at) FROM webhook_workers")
    return sql.as_time(seen) if seen else None


def alive(now: datetime) -> int:
    """How many workers are."""
    ((count,),) = sql.rows(
        "SELECT count(*) FROM webhook_workers WHERE seen_at > %s AND ended_at IS NULL", [now - ALIVE]
    )
    return int(count)
