"""Customers of a tenant."""

from __future__ import annotations

from django.db import models

from tenancy.ids import new_id


class Customer(models.Model):
    """Somebody the tenant sells to."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    name = models.CharField(max_length=200)
    email = models.CharField(max_length=254)
    tax_id = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "customers"
        indexes = [
            models.Index(fields=["tenant_id", "-id"], name="customer_by_time"),
            models.Index(fields=["tenant_id", "email", "-id"], name="customer_by_email"),
            models.Index(fields=["tenant_id", "tax_id", "-id"], name="customer_by_tax_id"),
        ]

    def __str__(self) -> str:
        return self.name
