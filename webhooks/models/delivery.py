from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce

from tenancy.ids import new_id
from webhooks.models.circuit import Circuit, CircuitState
from webhooks.models.event import Event
from webhooks.models.subscription import Subscription


class DeliveryStatus(models.TextChoices):
    """PENDING -> DELIVERING -> DELIVERED | RETRYING (-> DELIVERING …) | FAILED; PENDING | RETRYING -> CANCELLED."""

    PENDING = "PENDING"
    DELIVERING = "DELIVERING"
    DELIVERED = "DELIVERED"
    RETRYING = "RETRYING"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


WAITING = (DeliveryStatus.PENDING, DeliveryStatus.RETRYING)
UNFINISHED = (*WAITING, DeliveryStatus.DELIVERING)
FINAL = (DeliveryStatus.DELIVERED, DeliveryStatus.FAILED, DeliveryStatus.CANCELLED)


class Held(models.TextChoices):
    """Why a waiting delivery is not due although its time has come."""

    CIRCUIT = "circuit"
    INACTIVE = "inactive"
    ORDER = "order"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Deliveries."""

    def with_hold(self) -> Any:
        """Each with `hold`: why it waits although its time has come, a circuit that is not closed included.

        A circuit is not written into the rows it holds: opening and closing it would rewrite a whole backlog.
        """
        not_closed = Circuit.objects.filter(subscription_id=OuterRef("subscription_id")).exclude(
            state=CircuitState.CLOSED
        )
        by_circuit = Case(When(Q(status__in=WAITING) & Exists(not_closed), then=Value(Held.CIRCUIT.value)))
        return self.annotate(hold=Coalesce("held", by_circuit))


class Delivery(models.Model):
    """One event to one subscription. Its status changes only through the verbs in `delivery_states`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    # History outlives a deleted subscription, hence no constraint.
    subscription = models.ForeignKey(
        Subscription, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="deliveries"
    )
    source = models.ForeignKey(
        Event, on_delete=models.CASCADE, db_column="event_id", db_index=False, related_name="deliveries"
    )
    event = models.CharField(max_length=64)
    status = models.CharField(max_length=10, choices=DeliveryStatus, default=DeliveryStatus.PENDING)
    held = models.CharField(max_length=8, choices=Held, null=True)  # noqa: DJ001  # null is in the contract
    attempt_count = models.PositiveIntegerField(default=0)
    # Attempts whose worker died: they spend no retry.
    abandoned_count = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField()
    next_attempt_at = models.DateTimeField(null=True)
    # Who works on it and until when; an outcome that comes with another token is too late.
    lease_token = models.UUIDField(null=True)
    lease_expires_at = models.DateTimeField(null=True)
    last_error = models.TextField(null=True)  # noqa: DJ001  # null is in the contract
    http_status = models.PositiveSmallIntegerField(null=True)
    replay_of = models.UUIDField(null=True)
    # The entity and its number, where the subscription wants each entity's events in order; see `ordering`.
    order_key = models.CharField(max_length=64, null=True)  # noqa: DJ001  # null: in no order
    order_seq = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        db_table = "webhook_deliveries"
        indexes = [
            models.Index(fields=["tenant_id", "-id"], name="delivery_by_time"),
            models.Index(fields=["tenant_id", "subscription", "-id"], name="delivery_by_subscription"),
            # Few rows are anything but DELIVERED: found without walking through all the others.
            models.Index(
                fields=["tenant_id", "status", "-id"],
                name="delivery_by_status",
                condition=~Q(status=DeliveryStatus.DELIVERED),
            ),
            models.Index(fields=["tenant_id", "event", "-id"], name="delivery_by_event_type"),
            models.Index(fields=["source"], name="delivery_by_event"),
            # What the claim walks: each subscription's waiting rows in the order they fall due.
            models.Index(
                fields=["subscription", "next_attempt_at"],
                name="delivery_due",
                condition=Q(status__in=WAITING, held__isnull=True),
            ),
            models.Index(
                fields=["subscription", "order_key", "order_seq"],
                name="delivery_in_order",
                condition=Q(order_key__isnull=False, status__in=UNFINISHED),
            ),
            # What else waits: with `delivery_due` and `delivery_leased` all that is not finished is found quickly.
            models.Index(fields=["subscription"], name="delivery_held", condition=Q(held__isnull=False)),
            models.Index(
                fields=["lease_expires_at"], name="delivery_leased", condition=Q(status=DeliveryStatus.DELIVERING)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.status} {self.id}"

    def why_held(self) -> str | None:
        """`hold` of `with_hold`, asked for when it was not read along."""
        if "hold" not in self.__dict__:
            self.__dict__["hold"] = Delivery.objects.with_hold().values_list("hold", flat=True).get(id=self.id)
        hold: str | None = self.__dict__["hold"]
        return hold
