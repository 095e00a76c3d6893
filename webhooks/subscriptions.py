"""What can be done with subscriptions. Each use case is one transaction."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from tenancy.models import Tenant
from webhooks import publishing
from webhooks.engine.addresses import TargetPolicy
from webhooks.engine.signature import generate_secret
from webhooks.models import Delivery, Subscription, delivery_states
from webhooks.models.delivery import WAITING

# Receivers need time to take over a new secret: both sign for a day.
ROTATION_OVERLAP = timedelta(hours=24)
WAKE_AT_ONCE = 1000


class SubscriptionLimitError(Exception):
    """The tenant has as many subscriptions as it may have."""


def target_policy() -> TargetPolicy:
    """What URLs this deployment accepts as targets."""
    return TargetPolicy(
        allow_insecure=settings.WEBHOOK_ALLOW_INSECURE_TARGETS,
        allowed_networks=tuple(settings.WEBHOOK_ALLOWED_NETWORKS),
    )


def create(tenant_id: UUID, *, secret: str | None = None, **fields: Any) -> Subscription:
    """A new subscription, with a generated secret unless one is given. Raises SubscriptionLimitError."""
    with transaction.atomic():
        # One at a time for a tenant, so that two requests cannot both be the last one allowed.
        Tenant.objects.select_for_update().get(id=tenant_id)
        if Subscription.objects.filter(tenant_id=tenant_id).count() >= settings.WEBHOOK_MAX_SUBSCRIPTIONS:
            raise SubscriptionLimitError
        return Subscription.objects.create(tenant_id=tenant_id, secret=secret or generate_secret(), **fields)


def change(subscription_id: UUID, fields: dict[str, Any]) -> Subscription:
    """Set fields; `active` holds or resumes what waits."""
    with transaction.atomic():
        subscription = _locked(subscription_id)
        active = fields.pop("active", subscription.active)
        for name, value in fields.items():
            setattr(subscription, name, value)
        subscription.save()
        if active != subscription.active:
            _set_active(subscription, active)
    return subscription


def set_active(subscription_id: UUID, active: bool) -> Subscription:
    """Enable or disable; doing it twice changes nothing."""
    return change(subscription_id, {"active": active})


def delete(subscription_id: UUID) -> None:
    """Delete it and cancel what waits. Finished deliveries stay as history."""
    with transaction.atomic():
        _locked(subscription_id)
        delivery_states.cancel_waiting_of(subscription_id, datetime.now(UTC))
        # Not `.delete()` on the object: it would look for deliveries to detach, and they keep the id on purpose.
        Subscription.objects.filter(id=subscription_id)._raw_delete("default")


def rotate_secret(subscription_id: UUID) -> Subscription:
    """A fresh secret; the old one signs along until `previous_valid_until`."""
    with transaction.atomic():
        subscription = _locked(subscription_id)
        subscription.previous_secret = subscription.secret
        subscription.previous_valid_until = datetime.now(UTC) + ROTATION_OVERLAP
        subscription.secret = generate_secret()
        subscription.save()
    return subscription


def _locked(subscription_id: UUID) -> Subscription:
    return Subscription.objects.select_for_update().get(id=subscription_id)


def _set_active(subscription: Subscription, active: bool) -> None:
    now = datetime.now(UTC)
    subscription.active, subscription.disabled_reason = active, ""
    subscription.save()
    if active:
        delivery_states.release_waiting_of(subscription.id, now)
        waiting = Delivery.objects.filter(subscription=subscription, status__in=WAITING, held=None)
        publishing.wake(list(waiting.order_by("next_attempt_at")[:WAKE_AT_ONCE]))
    else:
        delivery_states.hold_waiting_of(subscription.id, now)
