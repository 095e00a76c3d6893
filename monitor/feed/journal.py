"""What this process has recorded and not logged yet, kept in the database too: a worker may be killed in between.

    transaction ─► write (inside of it) ─► commit ─► Broadcaster ─► log, `settle` ─► the row goes with the next `write`

For each tenant the journal counts what was recorded (`through` of a row) and what was settled: logged, or announced as
lost. The log keeps the second count for each writer, so that whoever finds rows of a dead writer knows exactly how many
of them the log never got. Only counts are compared, so it does not matter in which order threads commit.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction

from tenancy.ids import new_id
from webhooks.models import sql
from webhooks.signals import RecordedAttempt

TOUCH_SECONDS = 10.0
DELETE_AT_ONCE = 200
# While the log is away rows would pile up: more than these become one.
MAX_ROWS = 200


class Entry(NamedTuple):
    """A row of the journal. `tenants` has for each tenant how many attempts, and the writer's count with them."""

    id: UUID
    tenants: dict[UUID, tuple[int, int]]


class Journal:
    """`write` and `doubt` are called in threads that record, everything else by the broadcaster; `tidy` in a thread of
    its own."""

    def __init__(self) -> None:
        self.writer = secrets.token_hex(8)
        self._lock = threading.Lock()
        self._counted: Counter[UUID] = Counter()
        self._settled: Counter[UUID] = Counter()
        self._open: dict[int, Entry] = {}  # by thread: written, and not known to be committed
        self._doubtful: list[Entry] = []
        self._entries: deque[Entry] = deque()
        self._finished: dict[UUID, None] = {}
        self._touched_at = time.monotonic()

    def write(self, rows: Sequence[RecordedAttempt], **_signal: Any) -> None:
        """Receiver of `attempts_being_recorded`: one row, and the finished ones go with the same statement."""
        thread = threading.get_ident()
        with self._lock:
            entry = self._open[thread] = self._next_entry(rows)
            finished = self._take_finished()[:DELETE_AT_ONCE]
        _replace(finished, self.writer, entry)
        transaction.on_commit(lambda: self._committed(thread, entry, finished))

    def doubt(self, **_signal: Any) -> None:
        """Receiver of `recording_failed`: `tidy` finds out whether what this thread wrote is there."""
        with self._lock:
            if entry := self._open.pop(threading.get_ident(), None):
                self._doubtful.append(entry)

    def through(self, tenant_id: UUID, n: int) -> int:
        """The writer's count once `n` more of the tenant's attempts are settled."""
        return self._settled[tenant_id] + n

    def settle(self, tenant_id: UUID, n: int) -> None:
        """So many attempts are in the log, or announced as lost."""
        with self._lock:
            self._settled[tenant_id] += n

    @property
    def busy(self) -> bool:
        """Whether there is something to tidy."""
        return bool(self._entries or self._finished or self._doubtful)

    def tidy(self) -> Counter[UUID]:
        """Delete what is finished, merge what is much, and show that the writer lives.

        Returns attempts that were recorded though their recorder never learned of it, and so nobody was told.
        """
        with self._lock:
            finished, doubtful = self._take_finished(), list(self._doubtful)
            many = list(self._entries) if len(self._entries) > MAX_ROWS else []
            merged = _merged(many) if many else None
        with transaction.atomic():
            found = _delete([entry.id for entry in doubtful])
            _replace([*finished, *(entry.id for entry in many)], self.writer, merged)
            self._touch()
        with self._lock:
            self._forget(finished)
            if merged:
                self._put_in_place_of(many, merged)
            self._doubtful = [entry for entry in self._doubtful if entry not in doubtful]
            return self._resolve(doubtful, found)

    def _next_entry(self, rows: Iterable[RecordedAttempt]) -> Entry:
        tenants = {}
        for tenant_id, n in Counter(row.tenant_id for row in rows).items():
            self._counted[tenant_id] += n
            tenants[tenant_id] = (n, self._counted[tenant_id])
        return Entry(new_id(), tenants)

    def _committed(self, thread: int, entry: Entry, finished: list[UUID]) -> None:
        with self._lock:
            if self._open.get(thread) is entry:
                del self._open[thread]
            self._entries.append(entry)
            self._forget(finished)

    def _take_finished(self) -> list[UUID]:
        while self._entries and all(
            self._settled[t] >= through for t, (_, through) in self._entries[0].tenants.items()
        ):
            self._finished[self._entries.popleft().id] = None
        return list(self._finished)

    def _forget(self, finished: list[UUID]) -> None:
        for id_ in finished:
            self._finished.pop(id_, None)

    def _put_in_place_of(self, many: list[Entry], merged: Entry) -> None:
        gone = {entry.id for entry in many}
        self._entries = deque([merged, *(entry for entry in self._entries if entry.id not in gone)])
        self._forget(list(gone))

    def _resolve(self, doubtful: list[Entry], found: set[UUID]) -> Counter[UUID]:
        untold: Counter[UUID] = Counter()
        for entry in doubtful:
            # What was rolled back was counted and never recorded: nothing is left to be done about it.
            for tenant_id, (n, _) in entry.tenants.items():
                (untold if entry.id in found else self._settled)[tenant_id] += n
        return untold

    def _touch(self) -> None:
        if time.monotonic() - self._touched_at >= TOUCH_SECONDS:
            sql.execute(
                "UPDATE webhook_feed_journal SET touched_at = %s WHERE writer = %s", [datetime.now(UTC), self.writer]
            )
            self._touched_at = time.monotonic()


def _merged(entries: list[Entry]) -> Entry:
    tenants: dict[UUID, tuple[int, int]] = {}
    for entry in entries:
        for tenant_id, (n, through) in entry.tenants.items():
            before, reached = tenants.get(tenant_id, (0, 0))
            tenants[tenant_id] = (before + n, max(reached, through))
    return Entry(new_id(), tenants)


def _replace(ids: list[UUID], writer: str, entry: Entry | None) -> None:
    """Delete rows and write one, in one statement where the database can."""
    among, params = sql.among(ids)
    delete = f"DELETE FROM webhook_feed_journal WHERE id {among}"
    if entry is None:
        return sql.execute(delete, params) if ids else None
    insert = "INSERT INTO webhook_feed_journal (id, writer, tenants, touched_at) VALUES (%s, %s, %s, %s)"
    row = [entry.id, writer, {str(tenant_id): counts for tenant_id, counts in entry.tenants.items()}, datetime.now(UTC)]
    if ids and sql.is_postgresql():
        return sql.execute(f"WITH done AS ({delete}) {insert}", [*params, *row])
    if ids:
        sql.execute(delete, params)
    return sql.execute(insert, row)


def _delete(ids: list[UUID]) -> set[UUID]:
    """Delete rows; which of them there were."""
    if not ids:
        return set()
    among, params = sql.among(ids)
    found = sql.rows(f"DELETE FROM webhook_feed_journal WHERE id {among} RETURNING id", params)
    return {sql.as_uuid(row[0]) for row in found}
