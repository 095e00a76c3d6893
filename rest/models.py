"""What the API remembers between requests."""

from __future__ import annotations

from django.db import models

from tenancy.ids import new_id


class IdempotentRequest(models.Model):
    """A request that came with an `Idempotency-Key`: under way while `answer` is empty, answered after that."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    # "token:<id>" or "user:<id>".
    caller = models.CharField(max_length=48)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    # Who works on it and until when; null once it is answered.
    lease_token = models.UUIDField(null=True)
    lease_expires_at = models.DateTimeField(null=True)
    # Ciphertext: the answer to a creation may hold a secret that is shown nowhere else.
    answer = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "idempotent_requests"
        constraints = [models.UniqueConstraint(fields=["tenant_id", "caller", "key"], name="idempotency_key_once")]
        indexes = [models.Index(fields=["created_at"], name="idempotent_request_by_age")]

    def __str__(self) -> str:
        return f"{self.caller} {self.key}"
