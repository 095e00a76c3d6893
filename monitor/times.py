"""Times as the pages get them."""

from __future__ import annotations

from datetime import UTC, datetime


def text(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC, to the millisecond."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def milliseconds(moment: datetime) -> int:
    """Since the epoch."""
    return round(moment.timestamp() * 1000)


def floor(moment: datetime, seconds: int) -> datetime:
    """The last whole multiple of so many seconds."""
    return datetime.fromtimestamp(moment.timestamp() // seconds * seconds, UTC)
