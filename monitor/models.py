"""The feed's journal: what workers have recorded and not yet logged, in case that one of them is killed."""

from __future__ import annotations

from django.db import models

from tenancy.ids import new_id


class JournalRow(models.Model):
    """What one transaction recorded, until the feed's log has it; `monitor.feed.journal` writes and deletes it.

    `tenants`: for each tenant `[n, through]`, how many attempts the transaction recorded and how many the writer had
    counted with them since it began.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    writer = models.CharField(max_length=16)
    tenants = models.JSONField()
    # A writer that lives comes by every few seconds.
    touched_at = models.DateTimeField()

    class Meta:
        db_table = "webhook_feed_journal"

    def __str__(self) -> str:
        return str(self.id)
