"""The feed's rows and messages to the client, as docs/protocol.md describes them.

A row is a list in the order of `FIELDS`. The worker encodes a batch once, and that very text reaches every client
without a filter.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cached_property
from typing import Any
from uuid import UUID

import orjson

from webhooks.metrics.attempts import DURATION_BUCKETS
from webhooks.signals import RecordedAttempt

VERSION = 1
FIELDS = (
    "seq",  # number in the tenant's log, from 1
    "delivery_id",
    "attempt",  # from 1
    "max_attempts",
    "event",  # "payment.received"
    "subscription_id",
    "outcome",  # webhooks.engine.outcome.Outcome
    "http_status",  # null without an answer
    "duration_ms",  # null when nobody saw the end
    "started_at",  # ms since the epoch
    "status",  # the delivery's, after this attempt
    "held",  # null, "circuit", "inactive" or "order"
    "error",  # null for a success
    "next_attempt_at",  # ms since the epoch, or null
)
MAX_ERROR_CHARACTERS = 200

Row = list[Any]


def unnumbered_row(attempt: RecordedAttempt) -> Row:
    """A row without `seq`, which only the log can give."""
    return [
        str(attempt.delivery_id),
        attempt.number,
        attempt.max_attempts,
        attempt.event,
        str(attempt.subscription_id),
        attempt.outcome,
        attempt.http_status,
        attempt.duration_ms,
        _milliseconds(attempt.started_at),
        attempt.status,
        attempt.held,
        _bounded(attempt.error),
        None if attempt.next_attempt_at is None else _milliseconds(attempt.next_attempt_at),
    ]


_DURATION, _STARTED = FIELDS.index("duration_ms") - 1, FIELDS.index("started_at") - 1


def ended_at(row: Row) -> float:
    """When the attempt of a row without `seq` ended, in seconds since the epoch; now, where nobody saw it."""
    return time.time() if row[_DURATION] is None else (row[_STARTED] + row[_DURATION]) / 1000


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def _bounded(error: str | None) -> str | None:
    # A receiver's words may hold a lone surrogate, which JSON in UTF-8 cannot.
    return None if error is None else error[:MAX_ERROR_CHARACTERS].encode("utf-8", "replace").decode()


def numbered(rows: Sequence[Row], first: int) -> list[Row]:
    """The rows with `seq` counted from `first`."""
    return [[seq, *row] for seq, row in enumerate(rows, first)]


class Frame:
    """Attempts `first` to `last` of a tenant's log, all of them.

    It comes as `text` (from a worker, ready to be sent) or as `rows_json` (from the log: rows without `seq`). The
    other form is made when first asked for and kept, so that a process decodes a frame once for all its sockets.
    """

    def __init__(self, epoch: str, first: int, last: int, *, text: str | None = None, rows_json: bytes = b"") -> None:
        self.epoch = epoch
        self.first = first
        self.last = last
        self._rows_json = rows_json
        if text is not None:
            self.text = text

    @property
    def count(self) -> int:
        """How many rows it has."""
        return self.last - self.first + 1

    @cached_property
    def text(self) -> str:
        """The `batch` message of all its rows."""
        return batch(self.first, self.last, self.rows)

    @cached_property
    def rows(self) -> list[Row]:
        """Its rows with `seq`. Shared: not to be changed."""
        if self._rows_json:
            return numbered(orjson.loads(self._rows_json), self.first)
        rows: list[Row] = orjson.loads(self.text)["r"]
        return rows


def group_name(tenant_id: UUID) -> str:
    """The channel layer's group of a tenant's frames."""
    return f"feed.{tenant_id.hex}"


def frame_message(frame: Frame) -> dict[str, Any]:
    """What a worker sends to the group."""
    return {"type": "feed.frame", "epoch": frame.epoch, "from": frame.first, "to": frame.last, "text": frame.text}


def frame_of_message(message: dict[str, Any]) -> Frame:
    """The frame a worker sent."""
    return Frame(message["epoch"], message["from"], message["to"], text=message["text"])


def hello(epoch: str, head: int, oldest: int, heartbeat_seconds: float) -> str:
    """The first message of a connection."""
    message = {"t": "hello", "v": VERSION, "epoch": epoch, "head": head, "oldest": oldest}
    columns = {"fields": FIELDS, "duration_edges": DURATION_BUCKETS}
    return encode({**message, "hb": round(heartbeat_seconds), **columns})


def batch(first: int, last: int, rows: Sequence[Row], dropped: int = 0) -> str:
    """Rows found in `first` to `last`; `dropped` of the matching ones were shed."""
    return encode({"t": "batch", "from": first, "to": last, "n": len(rows), "dropped": dropped, "r": rows})


def gap(first: int, last: int, reason: str) -> str:
    """Attempts `first` to `last` cannot be shown."""
    return encode({"t": "gap", "from": first, "to": last, "n": last - first + 1, "reason": reason})


def unlogged(cursor: int, n: int) -> str:
    """`n` attempts were recorded and never logged: they have no numbers, and the cursor stays where it is."""
    return encode({"t": "gap", "from": cursor + 1, "to": cursor, "n": n, "reason": "unlogged"})


def reset(epoch: str, head: int) -> str:
    """Numbers begin anew: forget the cursor, the next `from` is `head + 1`."""
    return encode({"t": "reset", "epoch": epoch, "head": head})


def heartbeat(head: int) -> str:
    """The connection lives."""
    return encode({"t": "hb", "head": head})


def error(code: str, detail: str) -> str:
    """What was wrong with a message of the client."""
    return encode({"t": "err", "code": code, "detail": detail})


def encode(message: dict[str, Any]) -> str:
    """The message's text."""
    return orjson.dumps(message).decode()
