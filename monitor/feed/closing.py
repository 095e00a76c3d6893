"""How a feed's socket ends."""

from __future__ import annotations

from enum import IntEnum


class CloseCode(IntEnum):
    """All in the range left to applications: Daphne refuses to send those of RFC 6455, such as 1013."""

    TOO_SLOW = 4008
    BAD_MESSAGE = 4400
    UNAUTHORISED = 4401
    NO_SUBSCRIPTION = 4408
    TOO_MANY_SOCKETS = 4429
    INTERNAL_ERROR = 4500
    # The database or the log is away: the client should come back later.
    UNAVAILABLE = 4503


class CloseSocket(Exception):
    """Not an error but the way a session ends."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
