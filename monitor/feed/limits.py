"""Every bound and interval of a feed's socket, as data."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Limits:
    """Durations are seconds. Tests shorten them; the defaults are those of docs/protocol.md."""

    # A socket that never says what it wants is closed (4408).
    sub_seconds: float = 30
    heartbeat_seconds: float = 15
    # How soon a logout or a revoked token closes the socket.
    recheck_seconds: float = 30
    # Rows sent and not acknowledged, at most. A client that acknowledges every 2 s at 2,000 rows/s needs 4,000.
    window_rows: int = 4_000
    # Further behind the log's head than this, a slow client is spared the successes.
    shed_rows: int = 2_000
    # With the window used up, an acknowledgement must come within this time (4008) …
    blocked_seconds: float = 10
    # … and nothing that was sent may stay unacknowledged longer than this: a dead peer never closes.
    unacked_seconds: float = 30
    # With a filter that matches nothing, the cursor advances this often.
    empty_batch_seconds: float = 2
    # Reading again from a log that was unreachable.
    retry_seconds: float = 1
    # Sockets of one person or token in one web process (4429).
    sockets: int = field(default_factory=lambda: settings.FEED_SOCKETS_PER_CALLER)
    # … and from one address, whoever is there (4429).
    sockets_of_address: int = field(default_factory=lambda: settings.FEED_SOCKETS_PER_ADDRESS)


MAX_MESSAGE_CHARACTERS = 65_536
MAX_QUEUED_MESSAGES = 200
# Rows in one frame to a client: the worker's frames have up to 200, merged ones up to this many.
MAX_BATCH_ROWS = 1_000
