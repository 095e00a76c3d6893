"""The endpoints page: every subscription of a tenant with how it does, worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings

from monitor import times
from monitor.counted import Steps, Whose, count, percentile
from tenancy.ids import moment_of
from webhooks.engine.circuit import RELAPSE
from webhooks.models import Attempt, Circuit, CircuitState, Subscription, sql
from webhooks.rollups import BACKLOG_COLUMNS, BACKLOG_ROWS

# The ranges, and the seconds of a step of the series.
RANGES = {
    "15m": (timedelta(minutes=15), 60),
    "1h": (timedelta(hours=1), 60),
    "24h": (timedelta(hours=24), 3600),
}
# How far back the last error is looked for, unless nothing was tried since.
LAST_ERROR = timedelta(hours=24)
# A circuit that closed so lately lets attempts through one, two, four … at a time.
RAMPING_FOR = RELAPSE
RAMPING = "ramping"


class _Last(NamedTuple):
    """The ids of a subscription's newest attempt and of the newest that failed."""

    attempt: UUID | None = None
    failure: UUID | None = None


class _Tries:
    """Attempts of a subscription within the range."""

    def __init__(self, steps: int) -> None:
        self.succeeded = [0] * steps
        self.failed = [0] * steps
        self.buckets: Counter[int] = Counter()
        self.last = _Last()

    @property
    def attempts(self) -> int:
        return sum(self.succeeded) + sum(self.failed)


class _Waiting(NamedTuple):
    """Unfinished deliveries of a subscription."""

    waiting: int = 0
    retrying: int = 0
    held: int = 0
    oldest_pending_at: Any = None
    in_flight: int = 0


def endpoints(tenant_id: UUID, range_: str, now: datetime) -> dict[str, Any]:
    """The subscriptions of a tenant, worst first; `range_` is one of RANGES.

    Keys: now since step_seconds items. An item: subscription_id attempts failed p95_ms waiting held oldest_pending_at
    last_attempt_at last_error {outcome error at} circuit {state opened_at closed_at probe_at in_flight limit} series
    [[succeeded, failed] for each step].
    """
    length, seconds = RANGES[range_]
    steps = Steps(times.floor(now - length, seconds), now, seconds)
    subscriptions = {each.id: each for each in _subscriptions(tenant_id)}
    tries = _tries(Whose(tenant_id, tuple(subscriptions)), steps)
    waiting = _waiting(tenant_id) if subscriptions else {}
    circuits = Circuit.objects.filter(tenant_id=tenant_id).in_bulk(list(subscriptions))
    told = _told(_last(tenant_id, tries, now))
    items = [
        {
            **_item(key, tries[key], waiting.get(key, _Waiting())),
            **told[key],
            "circuit": {
                **_circuit(circuits.get(key), now),
                "in_flight": waiting.get(key, _Waiting()).in_flight,
            },
        }
        for key in subscriptions
    ]
    return {
        "now": times.text(now),
        "since": times.text(steps.since),
        "step_seconds": seconds,
        "items": sorted(items, key=lambda item: _how_bad(item, subscriptions[UUID(item["subscription_id"])])),
    }


def held_deliveries(tenant_id: UUID) -> dict[UUID, int]:
    """How many of each subscription are held, as the endpoints page counts them."""
    return {key: waiting.held for key, waiting in _waiting(tenant_id).items()}


def _subscriptions(tenant_id: UUID) -> list[Subscription]:
    return list(Subscription.objects.filter(tenant_id=tenant_id).only("id", "active", "disabled_reason"))


def _item(key: UUID, tries: _Tries, waiting: _Waiting) -> dict[str, Any]:
    oldest = waiting.oldest_pending_at
    return {
        "subscription_id": str(key),
        "attempts": tries.attempts,
        "failed": sum(tries.failed),
        "p95_ms": percentile(tries.buckets, 0.95),
        "waiting": waiting.waiting,
        "held": waiting.held,
        "oldest_pending_at": times.text(sql.as_time(oldest)) if oldest else None,
        "series": [list(pair) for pair in zip(tries.succeeded, tries.failed, strict=True)],
    }


def _how_bad(item: dict[str, Any], subscription: Subscription) -> tuple[int, float, int, str]:
    """Open circuits, those that begin again, disabled by us, by their share of successes, paused by a person."""
    state = item["circuit"]["state"]
    if not subscription.active:
        group = 2 if subscription.disabled_reason else 4
    else:
        group = {CircuitState.OPEN: 0, CircuitState.HALF_OPEN: 1, RAMPING: 1}.get(state, 3)
    share = 1 - item["failed"] / item["attempts"] if item["attempts"] else 1.0
    return group, share, -item["attempts"], item["subscription_id"]


def _circuit(circuit: Circuit | None, now: datetime) -> dict[str, Any]:
    """`limit`: how many attempts may be under way; known where there is one worker only."""
    limit = settings.WEBHOOK_SUBSCRIPTION_IN_FLIGHT if settings.EMBEDDED else None
    if circuit is None:
        return {"state": "closed", "opened_at": None, "closed_at": None, "probe_at": None, "limit": limit}
    lately = circuit.closed_at is not None and now - circuit.closed_at < RAMPING_FOR
    ramping = circuit.state == CircuitState.CLOSED and lately
    return {
        "state": RAMPING if ramping else str(circuit.state),
        "opened_at": times.text(circuit.opened_at),
        "closed_at": times.text(circuit.closed_at),
        "probe_at": times.text(circuit.probe_at) if circuit.state == CircuitState.OPEN else None,
        "limit": limit,
    }


def _tries(whose: Whose, steps: Steps) -> dict[UUID, _Tries]:
    """Of each of the subscriptions."""
    tries = {key: _Tries(len(steps.at)) for key in whose.subscriptions or ()}
    if not tries:
        return {}
    counted, params = count(whose, steps)
    found = sql.rows(
        f"""{counted}
            SELECT subscription_id, step, NULL, sum(CASE WHEN outcome = 'success' THEN n ELSE 0 END),
                   sum(CASE WHEN outcome = 'success' THEN 0 ELSE n END), NULL, NULL
            FROM c GROUP BY subscription_id, step
            UNION ALL
            SELECT subscription_id, NULL, bucket, sum(n), 0, {_newest()} FROM c GROUP BY subscription_id, bucket""",
        params,
    )
    for key, step, bucket, succeeded, failed, *last in found:
        of_this = tries[sql.as_uuid(key)]
        if step is not None:
            of_this.succeeded[step - 1] = int(succeeded)
            of_this.failed[step - 1] = int(failed)
            continue
        if bucket is not None:
            of_this.buckets[bucket] = int(succeeded)
        of_this.last = _later(of_this.last, _ids(last))
    return tries


def _waiting(tenant_id: UUID) -> dict[UUID, _Waiting]:
    found = sql.rows(
        f"""SELECT d.subscription_id, {BACKLOG_COLUMNS}, count(CASE WHEN d.status = 'DELIVERING' THEN 1 END)
            FROM {BACKLOG_ROWS} GROUP BY d.subscription_id""",
        [tenant_id],
    )
    return {sql.as_uuid(key): _Waiting(*figures) for key, *figures in found}


def _last(tenant_id: UUID, tries: dict[UUID, _Tries], now: datetime) -> dict[UUID, _Last]:
    """Of each subscription, looked for before the range if need be, as far as it is known."""
    last = {key: of_this.last for key, of_this in tries.items()}
    if without := tuple(key for key, (_, failure) in last.items() if not failure):
        counted, params = count(Whose(tenant_id, without), Steps(times.floor(now - LAST_ERROR, 3600), now, 3600))
        for key, *ids in sql.rows(f"{counted} SELECT subscription_id, {_newest()} FROM c GROUP BY 1", params):
            last[sql.as_uuid(key)] = _ids(ids)
    idle = [key for key, (attempt, _) in last.items() if not attempt]
    return {**last, **(_last_of_idle(tenant_id, idle) if idle else {})}


def _newest() -> str:
    """Columns of `c` for `_ids`."""
    failed = "(CASE WHEN outcome <> 'success' THEN last_id END)"
    return f"{sql.newest('last_id')}, {sql.newest(failed)}"


def _ids(values: Sequence[Any]) -> _Last:
    return _Last(*(each and sql.as_uuid(each) for each in values))


def _later(one: _Last, other: _Last) -> _Last:
    return _Last(*(max(filter(None, pair), default=None) for pair in zip(one, other, strict=True)))


def _last_of_idle(tenant_id: UUID, subscriptions: list[UUID]) -> dict[UUID, _Last]:
    among, ids = sql.among(subscriptions)
    found = sql.rows(
        f"""SELECT s.id, (SELECT m.last_id FROM webhook_minutes m
                          WHERE m.tenant_id = %s AND m.subscription_id = s.id AND m.minutes = 60
                          ORDER BY m.at DESC, m.last_id DESC LIMIT 1)
            FROM webhook_subscriptions s WHERE s.id {among}""",
        [tenant_id, *ids],
    )
    # Whether that one failed is seen when it is read.
    return {sql.as_uuid(key): _Last(sql.as_uuid(last), sql.as_uuid(last)) for key, last in found if last}


def _told(last: dict[UUID, _Last]) -> dict[UUID, dict[str, Any]]:
    """What is shown of them. History may have gone since: then an error is not known any more."""
    wanted = [each.failure for each in last.values() if each.failure]
    failures = Attempt.objects.only("outcome", "error").exclude(outcome="success").in_bulk(wanted)
    told = {}
    for key, ids in last.items():
        failure = failures.get(ids.failure) if ids.failure else None
        error = failure and {"outcome": failure.outcome, "error": failure.error, "at": _at(failure.id)}
        told[key] = {"last_attempt_at": _at(ids.attempt), "last_error": error}
    return told


def _at(attempt_id: UUID | None) -> str | None:
    return times.text(moment_of(attempt_id)) if attempt_id else None
