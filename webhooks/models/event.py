from __future__ import annotations

from django.db import models

from tenancy.ids import new_id


class Event(models.Model):
    """One thing that happened. Its payload lives here once, however many subscriptions receive it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    type = models.CharField(max_length=64)
    # What the event is about; indexed so that "everything about this invoice" is one look-up.
    entity_id = models.CharField(max_length=64, blank=True)
    # The exact JSON text that is sent and signed, the same for every subscription, attempt and replay.
    body = models.TextField()
    occurred_at = models.DateTimeField()
    created_at = models.DateTimeField()
    # Of the API request that published it, see rest.request_ids.
    request_id = models.CharField(max_length=64, null=True)  # noqa: DJ001  # null is in the contract
    # Of its publishing (W3C Trace Context), when traces are on: its attempts belong to that trace.
    traceparent = models.CharField(max_length=55, null=True)  # noqa: DJ001  # null: there is no trace

    class Meta:
        db_table = "webhook_events"
        indexes = [
            models.Index(fields=["tenant_id", "-id"], name="event_by_time"),
            models.Index(fields=["tenant_id", "entity_id"], name="event_by_entity"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"
