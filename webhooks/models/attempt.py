from __future__ import annotations

from django.db import models

from tenancy.ids import new_id
from webhooks.models.delivery import Delivery


class Attempt(models.Model):
    """One HTTP try of a delivery, as it went out and what came back."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, db_index=False, related_name="attempts")
    number = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    # Null for `abandoned`: nobody saw the end.
    duration_ms = models.PositiveIntegerField(null=True)
    http_status = models.PositiveSmallIntegerField(null=True)
    outcome = models.CharField(max_length=10)
    error = models.TextField(null=True)  # noqa: DJ001  # null on success, as in the contract
    request_headers = models.JSONField(default=dict)
    response_headers = models.JSONField(default=dict)
    response_body = models.TextField(blank=True)
    # Milliseconds: dns_ms, connect_ms (TLS included) and first_byte_ms, where there was such a part.
    timings = models.JSONField(default=dict)
    # Of the bodies; of a response that was cut, what was read.
    request_bytes = models.PositiveIntegerField(null=True)
    response_bytes = models.PositiveIntegerField(null=True)
    response_truncated = models.BooleanField(default=False)

    class Meta:
        db_table = "webhook_attempts"
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="attempt_number_once")]
        indexes = [models.Index(fields=["tenant_id", "-id"], name="attempt_by_time")]

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.delivery_id}: {self.outcome}"
