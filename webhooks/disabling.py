"""Subscriptions that nobody listens to any more are disabled, with a reason that people see and an event that tells.

`gone`: the receiver answered 410. `failing`: nothing reached it for WEBHOOK_DISABLE_AFTER_DAYS although it was tried.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from tenancy.ids import first_id_at
from tenancy.models import Tenant
from tenancy.row_security import of_tenant
from webhooks import publishing
from webhooks.models import Delivery, DeliveryStatus, Subscription, delivery_states

logger = structlog.get_logger(__name__)

# Failing means that it is still being tried.
RECENTLY = timedelta(days=1)


def disable(subscription_id: UUID, reason: str, now: datetime) -> bool:
    """Within a transaction. What waits is held until somebody enables the subscription; False when it was inactive."""
    won = Subscription.objects.filter(id=subscription_id, active=True).update(
        active=False, disabled_reason=reason, updated_at=now
    )
    if won:
        delivery_states.hold_waiting_of(subscription_id, now)
        publishing.publish_disabled(Subscription.objects.defer(*publishing.SECRETS).get(id=subscription_id), now)
        logger.warning("subscription_disabled", subscription=str(subscription_id), reason=reason)
    return bool(won)


def disable_failing(now: datetime | None = None) -> int:
    """Disable every subscription that has only failed for WEBHOOK_DISABLE_AFTER_DAYS; returns how many."""
    now = now or datetime.now(UTC)
    if not settings.WEBHOOK_DISABLE_AFTER_DAYS:
        return 0
    begin = now - timedelta(days=settings.WEBHOOK_DISABLE_AFTER_DAYS)
    disabled = 0
    for tenant_id in Tenant.objects.values_list("id", flat=True):
        with of_tenant(tenant_id):
            failing = [each for each in _failing_lately(tenant_id, now) if _has_only_failed(each, begin)]
        for subscription in failing:
            with transaction.atomic(), of_tenant(tenant_id):
                disabled += disable(subscription.id, "failing", now)
    return disabled


def _failing_lately(tenant_id: UUID, now: datetime) -> Iterable[Subscription]:
    failed = Delivery.objects.filter(
        tenant_id=tenant_id, status=DeliveryStatus.FAILED, id__gte=first_id_at(now - RECENTLY)
    )
    ids = set(failed.order_by().values_list("subscription_id", flat=True).distinct())
    return Subscription.objects.filter(id__in=ids, active=True).defer(*publishing.SECRETS)


def _has_only_failed(subscription: Subscription, begin: datetime) -> bool:
    """Since `begin` nothing was delivered, and it failed before that too: as long as anybody wanted it."""
    if subscription.active_since > begin:
        return False
    deliveries = Delivery.objects.filter(tenant_id=subscription.tenant_id, subscription_id=subscription.id)
    since = deliveries.filter(id__gte=first_id_at(begin))
    if since.filter(status=DeliveryStatus.DELIVERED).exists():
        return False
    ended = deliveries.filter(id__lt=first_id_at(begin), status__in=(DeliveryStatus.FAILED, DeliveryStatus.DELIVERED))
    return ended.order_by("-id").values_list("status", flat=True).first() == DeliveryStatus.FAILED
