"""Time-ordered ids (UUIDv7, RFC 9562), so that keyset pagination by id is pagination by time."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """A fresh UUIDv7; ids made by one process ascend."""
    return UUID(int=uuid_utils.uuid7().int)


def first_id_at(moment: datetime, later: timedelta = timedelta()) -> UUID:
    """The smallest UUIDv7 of that millisecond: a bound for "created at or after" as a condition on the id."""
    milliseconds = int((moment.astimezone(UTC).timestamp() + later.total_seconds()) * 1000)
    return UUID(int=max(0, min(milliseconds, (1 << 48) - 1)) << 80)


def moment_of(id_: UUID) -> datetime:
    """When a UUIDv7 was made, to the millisecond."""
    return datetime.fromtimestamp((id_.int >> 80) / 1000, UTC)
