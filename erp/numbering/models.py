"""The last number given, for each tenant and kind of document."""

from __future__ import annotations

from django.db import models


class NumberSeries(models.Model):
    """One row for each tenant and prefix, e.g. `INV`."""

    tenant_id = models.UUIDField()
    prefix = models.CharField(max_length=8)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "number_series"
        constraints = [models.UniqueConstraint(fields=["tenant_id", "prefix"], name="series_once")]

    def __str__(self) -> str:
        return f"{self.prefix} {self.last}"
