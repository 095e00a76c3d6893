"""When, and whether, a delivery is tried again: pure policy. Randomness is passed in; nothing is read or written."""

from __future__ import annotations

import math
import random as _random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from webhooks.engine.outcome import Outcome

# Seconds to wait before each retry, after the end of the failed attempt.
SCHEDULES: dict[str, tuple[float, ...]] = {
    "fast": (1, 2, 4),
    # 1 + 2 + 4 s is over before a receiver's deployment is; this one lasts 27 hours and 35 minutes.
    "durable": (5, 300, 1800, 7200, 18000, 36000, 36000),
}
MAX_RETRIES = 10
MAX_WAIT = 86_400.0
MAX_RETRY_AFTER = 3600.0
# A payload that kills its worker must not kill them all.
ABANDONED_LIMIT = 3
# Short waits are exact; long ones spread, so that a thousand deliveries do not come back in the same second.
JITTER_FROM = 10.0
JITTER = 0.1
GONE = 410


@dataclass(frozen=True, slots=True)
class RetryDecision:
    """`delay`: seconds from now to the next attempt, None when there is none. `disable`: stop the subscription."""

    status: Literal["DELIVERED", "RETRYING", "FAILED"]
    delay: float | None = None
    disable: bool = False


def resolve_schedule(schedule: object) -> tuple[float, ...]:
    """The waits of a schedule given by name or as a list of seconds. Raises ValueError saying what is allowed."""
    if isinstance(schedule, str):
        if schedule not in SCHEDULES:
            raise ValueError(f"unknown schedule {schedule!r}; use {', '.join(SCHEDULES)} or a list of seconds")
        return SCHEDULES[schedule]
    if not isinstance(schedule, list | tuple) or len(schedule) > MAX_RETRIES:
        raise ValueError(f"use {', '.join(SCHEDULES)} or a list of at most {MAX_RETRIES} waits in seconds")
    if not all(
        isinstance(wait, int | float) and not isinstance(wait, bool) and 0 < wait <= MAX_WAIT for wait in schedule
    ):
        raise ValueError(f"each wait is a number of seconds above 0 and at most {MAX_WAIT:.0f}")
    return tuple(float(wait) for wait in schedule)


def decide(
    *,
    outcome: Outcome,
    http_status: int | None = None,
    retries_spent: int = 0,
    schedule: tuple[float, ...] = (),
    retry_after: float | None = None,
    abandoned_count: int = 0,
    random: Callable[[], float] = _random.random,
) -> RetryDecision:
    """What an attempt's outcome means for its delivery.

    `retries_spent` counts retries before this attempt; `abandoned_count`, abandoned attempts before this one;
    `retry_after` is the receiver's wish in seconds; `random` yields numbers in [0, 1).
    """
    if outcome is Outcome.SUCCESS:
        return RetryDecision("DELIVERED")
    if outcome is Outcome.BLOCKED:
        return RetryDecision("FAILED")
    if http_status == GONE:
        return RetryDecision("FAILED", disable=True)
    if outcome is Outcome.ABANDONED:
        last = abandoned_count + 1 >= ABANDONED_LIMIT
        return RetryDecision("FAILED") if last else RetryDecision("RETRYING", delay=0.0)
    if retries_spent >= len(schedule):
        return RetryDecision("FAILED")
    planned, asked = schedule[retries_spent], min(retry_after or 0.0, MAX_RETRY_AFTER)
    wait = max(planned, asked)
    if wait >= JITTER_FROM:
        # A receiver's wish delays by an hour at most, jitter and all.
        wait = min(wait * (1 + JITTER * random()), MAX_RETRY_AFTER if asked > planned else math.inf)
    return RetryDecision("RETRYING", delay=wait)
