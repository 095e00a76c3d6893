"""From a wake-up to something that can be sent: claim rows, load what their requests need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction

from tenancy.encrypted import UnreadableError
from tenancy.ids import new_id
from tenancy.row_security import of_all_tenants
from webhooks.dispatching.refs import Ref
from webhooks.engine.request import PendingDispatch
from webhooks.models import Subscription, circuit_states, delivery_states, pace, sql
from webhooks.models.delivery_states import ClaimedDelivery, Lease
from webhooks.models.pace import Places

# A worker that has not settled its delivery this long after the request's deadline is taken for dead.
LEASE_MARGIN = timedelta(seconds=10)
SUBSCRIPTIONS_KEPT = 10_000


class Claim(NamedTuple):
    """A claimed delivery, its request to be, and the retry schedule in force (seconds before each retry).

    `dispatch` is None where no request can be made; `unsendable` says why.
    """

    row: ClaimedDelivery
    dispatch: PendingDispatch | None
    schedule: tuple[float, ...]
    max_attempts: int
    unsendable: str = ""
    probe: bool = False  # its outcome decides about the circuit
    wait: float = 0.0  # seconds after which it may begin
    keep_body: bool = True  # of the answer
    request_id: str | None = None  # of the request that published the event
    traceparent: str | None = None  # of its publishing


class Claimed(NamedTuple):
    """What was claimed, and what the rate limits of the subscriptions that have one allow."""

    claims: list[Claim]
    paces: dict[UUID, Places]


def claim(refs: Sequence[Ref], next_of: Mapping[UUID, int] = MappingProxyType({})) -> Claimed:
    """Claim those of `refs` that are due and free; the others are someone else's, held, or not due yet.

    `next_of`: of these subscriptions, up to so many of the rows that are due first. A subscription with a rate limit
    gets no more than that allows now.
    """
    with transaction.atomic(), of_all_tenants():
        lease = _lease()
        wanted = Counter(ref.subscription_id for ref in refs) + Counter(next_of)
        limits = pace.limits_of(set(wanted))
        paces = pace.grant(wanted, limits, lease.begins_at) if limits else {}
        refs, next_of = _within(paces, refs, next_of)
        rows = delivery_states.claim([ref.delivery_id for ref in refs], lease)
        claims = _claims(rows + delivery_states.claim_next(next_of, lease), lease)
    waits = {key: iter(places.waits) for key, places in paces.items()}
    return Claimed(
        [c._replace(wait=next(waits[c.row.subscription_id])) if c.row.subscription_id in waits else c for c in claims],
        paces,
    )


def _within(
    paces: Mapping[UUID, Places], refs: Sequence[Ref], next_of: Mapping[UUID, int]
) -> tuple[Sequence[Ref], Mapping[UUID, int]]:
    if not paces:
        return refs, next_of
    left = {key: len(places.waits) for key, places in paces.items()}
    allowed = []
    for ref in refs:
        if ref.subscription_id in left:
            if not left[ref.subscription_id]:
                continue
            left[ref.subscription_id] -= 1
        allowed.append(ref)
    # What a subscription's refs leave of its places goes to its next rows.
    return allowed, {key: min(count, left.get(key, count)) for key, count in next_of.items()}


def claim_probes() -> list[Claim]:
    """Claim a delivery of each circuit that has waited long enough: whether it ends well decides about the others."""
    with transaction.atomic(), of_all_tenants():
        lease = _lease()
        return [claim._replace(probe=True) for claim in _claims(circuit_states.claim_probes(lease), lease)]


def _lease() -> Lease:
    now = datetime.now(UTC)
    return Lease(new_id(), now, now + timedelta(seconds=settings.WEBHOOK_TIMEOUT) + LEASE_MARGIN)


def _claims(rows: list[ClaimedDelivery], lease: Lease) -> list[Claim]:
    events = _events({row.event_id for row in rows})
    targets = _targets.of({row.subscription_id for row in rows})
    return [_claim(row, events[row.event_id], targets.get(row.subscription_id), lease.begins_at) for row in rows]


class _Published(NamedTuple):
    """What an attempt needs of its event."""

    body: bytes
    request_id: str | None
    traceparent: str | None


def _events(ids: set[UUID]) -> dict[UUID, _Published]:
    among, params = sql.among(list(ids))
    found = sql.rows(f"SELECT id, body, request_id, traceparent FROM webhook_events WHERE id {among}", params)
    return {sql.as_uuid(event_id): _Published(body.encode(), *rest) for event_id, body, *rest in found}


class _Subscriptions:
    """Subscriptions as last read: each time it is asked which have changed, and only those are read and decrypted."""

    def __init__(self) -> None:
        self._read: dict[UUID, Subscription] = {}

    def of(self, ids: set[UUID]) -> dict[UUID, Subscription]:
        """Those that still exist."""
        among, params = sql.among(list(ids))
        found = sql.rows(f"SELECT id, updated_at FROM webhook_subscriptions WHERE id {among}", params)
        current = {sql.as_uuid(id_): sql.as_time(at) for id_, at in found}
        stale = {id_ for id_, at in current.items() if self._is_stale(self._read.get(id_), at)}
        if stale:
            if len(self._read) + len(stale) > SUBSCRIPTIONS_KEPT:
                self._read.clear()
                stale = set(current)
            self._read.update({s.id: s for s in Subscription.objects.filter(id__in=stale)})
        return {id_: self._read[id_] for id_ in current if id_ in self._read}

    @staticmethod
    def _is_stale(read: Subscription | None, updated_at: datetime) -> bool:
        # What could not be decrypted may be by now: a rotation of the keys is no change of the subscription.
        return read is None or read.updated_at != updated_at or read.is_unreadable


_targets = _Subscriptions()


def _claim(row: ClaimedDelivery, event: _Published, subscription: Subscription | None, now: datetime) -> Claim:
    unsendable = partial(Claim, row, None, request_id=event.request_id, traceparent=event.traceparent)
    if subscription is None:  # between the claim and the look at its subscription
        return unsendable((), row.max_attempts, "the subscription was deleted")
    try:
        schedule = subscription.schedule
    except ValueError:  # nothing that the API took: somebody changed the row by hand
        return unsendable((), row.max_attempts, "the subscription's retry_schedule is not valid")
    max_attempts = 1 + len(schedule)
    try:
        secrets = subscription.live_secrets(now)
    except UnreadableError:
        reason = "the subscription's secret cannot be decrypted, check ENCRYPTION_KEYS"
        return unsendable(schedule, max_attempts, reason)
    dispatch = PendingDispatch(
        delivery_id=row.id,
        subscription_id=row.subscription_id,
        event_id=row.event_id,
        event=row.event,
        attempt=row.attempt,
        url=subscription.url,
        secrets=secrets,
        body=event.body,
        timeout=min(subscription.timeout, settings.WEBHOOK_TIMEOUT),
    )
    return Claim(
        row,
        dispatch,
        schedule,
        max_attempts,
        keep_body=subscription.store_response_body,
        request_id=event.request_id,
        traceparent=event.traceparent,
    )
