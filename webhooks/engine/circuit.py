"""When a subscription's circuit opens, and how long it waits before it lets one attempt through: pure policy.

Closed: everything is sent. Open: nothing is, until `probe_wait` is over; then half-open: one attempt, whose outcome
closes the circuit or opens it again for twice as long.
"""

from __future__ import annotations

from datetime import timedelta

from webhooks.engine.outcome import Outcome

WINDOW = timedelta(seconds=60)
MIN_ATTEMPTS = 20
FAILED_SHARE = 0.5
FIRST_WAIT = timedelta(seconds=30)
MAX_WAIT = timedelta(minutes=5)
# A circuit that opens so soon after it closed goes on where it was: the receiver had not recovered.
RELAPSE = timedelta(minutes=2)
# What an open circuit has held for so long ends FAILED.
MAX_HELD = timedelta(hours=24)
# They say something about this side, and nothing about the receiver.
_NOT_COUNTED = frozenset({Outcome.ABANDONED, Outcome.BLOCKED})


def counts(outcome: Outcome) -> bool:
    """Whether an attempt with this outcome tells how the receiver is."""
    return outcome not in _NOT_COUNTED


def opens(attempts: int, failed: int) -> bool:
    """Whether so many failures among the attempts of a WINDOW open a closed circuit."""
    return attempts >= MIN_ATTEMPTS and failed >= attempts * FAILED_SHARE


def next_wait(last: timedelta) -> timedelta:
    """How long to wait after a failed probe that came after a wait of `last`."""
    return min(last * 2, MAX_WAIT)
