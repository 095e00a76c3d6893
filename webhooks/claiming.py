"""From a wake-up to something that can be sent: claim rows, load what their requests need."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import transaction

from tenancy.ids import new_id
from webhooks.engine.request import PendingDispatch
from webhooks.models import Event, Subscription, delivery_states
from webhooks.models.delivery_states import ClaimedDelivery

# A worker that has not settled its delivery this long after the request's deadline is taken for dead.
LEASE_MARGIN = timedelta(seconds=10)


class Claim(NamedTuple):
    """A claimed delivery, its request to be, and the retry schedule in force (seconds before each retry).

    `dispatch` is None where no request can be made; `unsendable` says why.
    """

    row: ClaimedDelivery
    dispatch: PendingDispatch | None
    schedule: tuple[float, ...]
    max_attempts: int
    unsendable: str = ""


def claim(ids: Sequence[UUID]) -> list[Claim]:
    """Claim those of `ids` that are due and free; the others are someone else's, held, or not due yet."""
    with transaction.atomic():
        now = datetime.now(UTC)
        lease = timedelta(seconds=settings.WEBHOOK_TIMEOUT) + LEASE_MARGIN
        rows = delivery_states.claim(ids, new_id(), now, now + lease)
        events = dict(Event.objects.filter(id__in={row.event_id for row in rows}).values_list("id", "body"))
        subscriptions = _subscriptions({row.subscription_id for row in rows})
        return [_claim(row, events[row.event_id].encode(), subscriptions.get(row.subscription_id), now) for row in rows]


def _subscriptions(ids: set[UUID]) -> dict[UUID, Subscription]:
    """Those that still exist. One whose secret cannot be read comes without it: it must not stop the others' batch."""
    try:
        return {s.id: s for s in Subscription.objects.filter(id__in=ids)}
    except InvalidToken:
        found = Subscription.objects.filter(id__in=ids).defer("secret", "former_secrets")
        return {s.id: s for s in found}


def _claim(row: ClaimedDelivery, body: bytes, subscription: Subscription | None, now: datetime) -> Claim:
    if subscription is None:  # between the claim and the look at its subscription
        return Claim(row, None, (), row.max_attempts, "the subscription was deleted")
    schedule = subscription.schedule
    max_attempts = 1 + len(schedule)
    try:
        secrets = subscription.live_secrets(now)
    except InvalidToken:
        reason = "the subscription's secret cannot be decrypted, check ENCRYPTION_KEYS"
        return Claim(row, None, schedule, max_attempts, reason)
    dispatch = PendingDispatch(
        delivery_id=row.id,
        event_id=row.event_id,
        event=row.event,
        attempt=row.attempt,
        url=subscription.url,
        secrets=secrets,
        body=body,
        timeout=min(subscription.timeout, settings.WEBHOOK_TIMEOUT),
    )
    return Claim(row, dispatch, schedule, max_attempts)
