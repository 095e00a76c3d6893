"""Attempts of a tenant counted between two `metrics` messages. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from typing import Any

from monitor.feed.frames import FIELDS, Row
from webhooks.metrics.attempts import DURATION_BUCKETS, code_label

_OUTCOME, _CODE, _DURATION, _STATUS = (
    FIELDS.index(name) for name in ("outcome", "http_status", "duration_ms", "status")
)
_EDGES_MS = [1000 * edge for edge in DURATION_BUCKETS]


class Counts:
    """What was counted since the last `take`."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._attempts = 0
        self._outcomes: Counter[str] = Counter()
        self._codes: Counter[str] = Counter()
        self._retries: Counter[str] = Counter()
        self._durations = [0] * (len(_EDGES_MS) + 1)

    def add(self, rows: Iterable[Row]) -> None:
        """Count the attempts of these rows."""
        for row in rows:
            self._attempts += 1
            self._outcomes[row[_OUTCOME]] += 1
            self._codes[code_label(row[_CODE])] += 1
            if row[_STATUS] == "RETRYING":
                self._retries[row[_OUTCOME]] += 1
            if row[_DURATION] is not None:
                # Up to an edge and including it, as Prometheus counts.
                self._durations[bisect_left(_EDGES_MS, row[_DURATION])] += 1

    def take(self) -> dict[str, Any]:
        """The keys `attempts` to `durations` of a `metrics` message; begins anew."""
        taken = {
            "attempts": self._attempts,
            "outcomes": dict(self._outcomes),
            "codes": dict(self._codes),
            "retries": dict(self._retries),
            "durations": self._durations,
        }
        self._begin()
        return taken
