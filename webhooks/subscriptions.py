"""What can be done with subscriptions. Each use case is one transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from tenancy.models import Tenant
from webhooks import publishing
from webhooks.engine.addresses import TargetPolicy
from webhooks.engine.signature import generate_secret
from webhooks.models import Delivery, Subscription, circuit_states, delivery_states, pace
from webhooks.models.delivery import WAITING
from webhooks.models.subscription import FormerSecret

# The newest one included. Each is a signature more in every request.
MAX_LIVE_SECRETS = 5
WAKE_AT_ONCE = 1000


class SubscriptionLimitError(Exception):
    """The tenant has as many subscriptions as it may have."""


class UnreadableSecretError(Exception):
    """The secret at rest cannot be decrypted by any of ENCRYPTION_KEYS."""


class TooManySecretsError(Exception):
    """Another secret would break the promise made to an older one."""


Check = Callable[[Subscription], None]


def _anything(_subscription: Subscription) -> None:
    """No check."""


def target_policy() -> TargetPolicy:
    """What URLs this deployment accepts as targets."""
    return TargetPolicy(
        allow_insecure=settings.WEBHOOK_ALLOW_INSECURE_TARGETS,
        allowed_networks=tuple(settings.WEBHOOK_ALLOWED_NETWORKS),
        ports=frozenset(settings.WEBHOOK_ALLOWED_PORTS),
    )


def create(tenant_id: UUID, *, secret: str | None = None, **fields: Any) -> Subscription:
    """A new subscription, with a generated secret unless one is given. Raises SubscriptionLimitError."""
    with transaction.atomic():
        # One at a time for a tenant, so that two requests cannot both be the last one allowed.
        Tenant.objects.select_for_update().get(id=tenant_id)
        if Subscription.objects.filter(tenant_id=tenant_id).count() >= settings.WEBHOOK_MAX_SUBSCRIPTIONS:
            raise SubscriptionLimitError
        return Subscription.objects.create(tenant_id=tenant_id, secret=secret or generate_secret(), **fields)


def change(subscription_id: UUID, fields: dict[str, Any], check: Check = _anything) -> Subscription:
    """Set fields; `active` holds or resumes what waits. What is so already changes nothing.

    `check` may refuse the locked row by raising.
    """
    with transaction.atomic():
        subscription = _locked(subscription_id)
        check(subscription)
        active = fields.pop("active", subscription.active)
        changed = {name: value for name, value in fields.items() if getattr(subscription, name) != value}
        for name, value in changed.items():
            setattr(subscription, name, value)
        if changed:
            subscription.save()
        if "url" in changed:
            circuit_states.begin_anew(subscription.id, datetime.now(UTC))
        if active != subscription.active:
            _set_active(subscription, active)
    return subscription


def set_active(subscription_id: UUID, active: bool) -> Subscription:
    """Enable or disable; doing it twice changes nothing."""
    return change(subscription_id, {"active": active})


def delete(subscription_id: UUID, check: Check = _anything) -> None:
    """Delete it and cancel what waits. Finished deliveries stay as history. `check` may refuse by raising."""
    with transaction.atomic():
        check(_locked(subscription_id))
        now = datetime.now(UTC)
        delivery_states.cancel_waiting_of(subscription_id, now)
        circuit_states.forget(subscription_id, now)
        pace.forget(subscription_id)
        # Not `.delete()` on the object: it would look for deliveries to detach, and they keep the id on purpose.
        Subscription.objects.filter(id=subscription_id)._raw_delete("default")


def rotate_secret(subscription_id: UUID, *, end_previous: bool = False) -> Subscription:
    """A fresh secret. The one before signs along for WEBHOOK_ROTATION_HOURS, older ones as long as they were promised.

    `end_previous` ends them all at once. Raises TooManySecretsError, and UnreadableSecretError where they cannot sign
    along: their keys may come back, but what is thrown away does not.
    """
    now = datetime.now(UTC)
    with transaction.atomic():
        subscription = _locked(subscription_id)
        until = now + timedelta(hours=settings.WEBHOOK_ROTATION_HOURS)
        if subscription.is_unreadable and not end_previous:
            raise UnreadableSecretError(
                "the present secret cannot be decrypted: check ENCRYPTION_KEYS, or end it with ?end_previous=true"
            )
        former = [] if end_previous else subscription.live_former(now)
        if not end_previous and until > now:
            former.insert(0, FormerSecret(subscription.secret, until.isoformat()))
        if len(former) >= MAX_LIVE_SECRETS:
            last = former[-1].valid_until.replace("+00:00", "Z")
            raise TooManySecretsError(
                f"{MAX_LIVE_SECRETS} secrets of this subscription are in force, the oldest until {last}; rotate after "
                "that, or end them all at once with ?end_previous=true"
            )
        subscription.former_secrets = [list(secret) for secret in former]
        subscription.secret = generate_secret()
        subscription.save()
    return subscription


def _locked(subscription_id: UUID) -> Subscription:
    return Subscription.objects.select_for_update().get(id=subscription_id)


def _set_active(subscription: Subscription, active: bool) -> None:
    now = datetime.now(UTC)
    subscription.active, subscription.disabled_reason = active, ""
    if active:
        subscription.active_since = now
    subscription.save()
    if active:
        delivery_states.release_waiting_of(subscription.id, now)
        circuit_states.probe_now(subscription.id, now)
        waiting = Delivery.objects.filter(subscription=subscription, status__in=WAITING, held=None)
        publishing.wake(list(waiting.order_by("next_attempt_at")[:WAKE_AT_ONCE]))
    else:
        delivery_states.hold_waiting_of(subscription.id, now)
