from __future__ import annotations

from django.db import models


class Rollup(models.Model):
    """How many attempts of an interval went the same way: what charts read in place of the attempts.

    The id of zeros stands for all: as `subscription_id` for all subscriptions of the tenant together, deleted ones
    included, as `tenant_id` for all tenants together. `webhooks.rollups` writes these rows, and may write them anew.
    """

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.UUIDField()
    subscription_id = models.UUIDField()
    at = models.DateTimeField()
    # How long the interval is: 1, 10 or 60.
    minutes = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=10)
    http_status = models.PositiveSmallIntegerField(null=True)
    retried = models.BooleanField()
    # Index into DURATION_BUCKETS, one more for what took longer; null without a duration.
    bucket = models.PositiveSmallIntegerField(null=True)
    n = models.PositiveIntegerField()
    # The newest attempt among them.
    last_id = models.UUIDField()

    class Meta:
        db_table = "webhook_minutes"
        indexes = [
            models.Index(fields=["tenant_id", "subscription_id", "minutes", "at"], name="rollup_by_subscription"),
            models.Index(fields=["minutes", "at"], name="rollup_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.n} x {self.outcome} at {self.at:%x %H:%M}"


class Backlog(models.Model):
    """What waited at a minute: of a tenant that has subscriptions, and of all tenants together (the id of zeros)."""

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.UUIDField()
    at = models.DateTimeField()
    # Everything unfinished, what is being sent included.
    waiting = models.PositiveIntegerField()
    # Waits for its next try, and nothing holds it.
    retrying = models.PositiveIntegerField()
    held = models.PositiveIntegerField()
    # When the oldest of what is not being sent was created.
    oldest_pending_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "webhook_backlog"
        constraints = [models.UniqueConstraint(fields=["tenant_id", "at"], name="backlog_once")]
        indexes = [models.Index(fields=["at"], name="backlog_by_time")]

    def __str__(self) -> str:
        return f"{self.waiting} waiting at {self.at:%x %H:%M}"


class RollupState(models.Model):
    """How far the rollup is. Its one row is locked by the worker that goes on with it."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    # Minutes before it are never counted again.
    final_until = models.DateTimeField()
    # Until when attempts were counted, those of the last seconds perhaps not all.
    counted_until = models.DateTimeField()

    class Meta:
        db_table = "webhook_rollup_state"

    def __str__(self) -> str:
        return f"counted until {self.counted_until:%x %X}"
