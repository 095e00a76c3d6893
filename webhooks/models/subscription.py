from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import models
from django.utils import timezone

from tenancy.encrypted import EncryptedListField, EncryptedTextField, Unreadable, readable
from tenancy.ids import new_id
from webhooks.engine.retry import resolve_schedule


def default_schedule() -> str:
    """The name of the schedule that a subscription has unless it says otherwise."""
    return "fast"


class FormerSecret(NamedTuple):
    """A secret that was rotated out. It signs along until `valid_until` (RFC 3339), as its owner was promised."""

    value: str
    valid_until: str


class Subscription(models.Model):
    """A tenant's wish to have events of some types sent to a URL."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    url = models.CharField(max_length=2048)
    # Event types or patterns: "payment.received", "invoice.*", "*".
    events = models.JSONField()
    description = models.CharField(max_length=200, blank=True)
    active = models.BooleanField(default=True)
    # When it was created or last enabled.
    active_since = models.DateTimeField(default=timezone.now)
    # Why it is inactive: "" by a person, or as in `webhooks.disabling`.
    disabled_reason = models.CharField(max_length=32, blank=True)
    secret = EncryptedTextField()
    # Pairs as in FormerSecret, newest first.
    former_secrets = EncryptedListField(default=list)
    # A name ("fast", "durable") or a list of seconds.
    retry_schedule = models.JSONField(default=default_schedule)
    timeout = models.FloatField(help_text="seconds for one request in all")
    # "entity": events of one entity in the order of publishing, one at a time; null: each as soon as it can be.
    ordering = models.CharField(max_length=8, null=True)  # noqa: DJ001  # null is in the API
    # Attempts a second at most, by all workers together; null: as fast as they can.
    rate_limit = models.PositiveSmallIntegerField(null=True)
    # Whether what the receiver answers is kept with the attempts; its status and headers are in any case.
    store_response_body = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "webhook_subscriptions"
        indexes = [models.Index(fields=["tenant_id", "-id"], name="subscription_by_time")]

    def __str__(self) -> str:
        return f"{self.url} ({self.id})"

    def matches(self, event_type: str) -> bool:
        """Whether one of `events` covers the type: the type itself, its family `invoice.*`, or `*`."""
        family = event_type.partition(".")[0] + ".*"
        return any(pattern in (event_type, family, "*") for pattern in self.events)

    def live_former(self, now: datetime) -> list[FormerSecret]:
        """The former secrets that still sign along, newest first. Raises UnreadableError."""
        former = [FormerSecret(*pair) for pair in readable(self.former_secrets)]
        return [secret for secret in former if now < datetime.fromisoformat(secret.valid_until)]

    def live_secrets(self, now: datetime) -> tuple[str, ...]:
        """The secrets to sign with, newest first: during a rotation the former ones too. Raises UnreadableError."""
        return readable(self.secret), *(secret.value for secret in self.live_former(now))

    @property
    def is_unreadable(self) -> bool:
        """Whether no key of ENCRYPTION_KEYS decrypts its secrets."""
        return isinstance(self.secret, Unreadable) or isinstance(self.former_secrets, Unreadable)

    def previous_valid_until(self, now: datetime) -> datetime | None:
        """When the last former secret ends, or None when there is none left, or none that can be read."""
        if isinstance(self.former_secrets, Unreadable):
            return None
        return max((datetime.fromisoformat(secret.valid_until) for secret in self.live_former(now)), default=None)

    @property
    def schedule(self) -> tuple[float, ...]:
        """Seconds to wait before each retry."""
        return resolve_schedule(self.retry_schedule)
