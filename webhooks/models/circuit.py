from __future__ import annotations

from django.db import models


class CircuitState(models.TextChoices):
    """closed -> open -> half_open (one probe under way) -> closed | open."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Circuit(models.Model):
    """The breaker of a subscription, shared by all workers. There is a row once it has opened.

    It changes only through the verbs in `circuit_states`.
    """

    subscription_id = models.UUIDField(primary_key=True)
    tenant_id = models.UUIDField()
    state = models.CharField(max_length=9, choices=CircuitState, default=CircuitState.CLOSED)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    # When the receiver was last found failing, by the attempts that opened the circuit or by a probe.
    failed_at = models.DateTimeField()
    # How long the present wait is, and when it ends: an attempt may be made then. Half-open, when the probe under way
    # is given up.
    wait = models.DurationField()
    probe_at = models.DateTimeField()

    class Meta:
        db_table = "webhook_circuits"
        indexes = [
            models.Index(
                fields=["probe_at"], name="circuit_not_closed", condition=~models.Q(state=CircuitState.CLOSED)
            ),
            models.Index(fields=["tenant_id"], name="circuit_by_tenant"),
        ]

    def __str__(self) -> str:
        return f"circuit of {self.subscription_id}: {self.state}"


class CircuitOpening(models.Model):
    """One time a circuit was not closed: what a delivery waited for then. Kept for WEBHOOK_HISTORY_DAYS."""

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.UUIDField()
    subscription_id = models.UUIDField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "webhook_circuit_openings"
        indexes = [
            models.Index(fields=["subscription_id", "opened_at"], name="opening_by_subscription"),
            models.Index(fields=["closed_at"], name="opening_by_end"),
        ]

    def __str__(self) -> str:
        return f"circuit of {self.subscription_id} open from {self.opened_at} to {self.closed_at}"


class AttemptCount(models.Model):
    """How many attempts a subscription had within some seconds, and how many of them failed."""

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.UUIDField()
    subscription_id = models.UUIDField()
    # The beginning of the interval of `circuit_states.BUCKET`.
    at = models.DateTimeField()
    attempts = models.PositiveIntegerField()
    failed = models.PositiveIntegerField()

    class Meta:
        db_table = "webhook_attempt_counts"
        constraints = [models.UniqueConstraint(fields=["subscription_id", "at"], name="attempt_count_once")]
        indexes = [models.Index(fields=["at"], name="attempt_count_by_time")]

    def __str__(self) -> str:
        return f"{self.failed} of {self.attempts} failed"
