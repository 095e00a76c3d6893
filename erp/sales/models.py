"""Sales orders of a tenant."""

from __future__ import annotations

from django.db import models
from django.utils.functional import cached_property

from erp.crm.models import Customer
from erp.lines import LineColumns
from erp.money import MAX_DIGITS
from tenancy.ids import new_id


class OrderStatus(models.TextChoices):
    DRAFT = "draft"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


# Which states a state can be reached from.
MOVES: dict[OrderStatus, tuple[OrderStatus, ...]] = {
    OrderStatus.CONFIRMED: (OrderStatus.DRAFT,),
    OrderStatus.CANCELLED: (OrderStatus.DRAFT, OrderStatus.CONFIRMED),
}


class SalesOrder(models.Model):
    """What a customer wants to buy. Its lines never change."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    number = models.CharField(max_length=20)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.CharField(max_length=3)
    total = models.DecimalField(max_digits=MAX_DIGITS, decimal_places=2)
    status = models.CharField(max_length=10, choices=OrderStatus, default=OrderStatus.DRAFT)
    # Why it was cancelled, if somebody said so.
    reason = models.CharField(max_length=200, blank=True)
    confirmed_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "sales_orders"
        indexes = [
            models.Index(fields=["tenant_id", "-id"], name="order_by_time"),
            models.Index(fields=["tenant_id", "customer", "-id"], name="order_by_customer"),
        ]
        constraints = [models.UniqueConstraint(fields=["tenant_id", "number"], name="order_number_once")]

    def __str__(self) -> str:
        return f"{self.number} {self.status}"

    @property
    def customer_name(self) -> str:
        return self.customer.name

    @cached_property
    def lines(self) -> list[SalesOrderLine]:
        """By position."""
        return sorted(self.stored_lines.all(), key=lambda line: line.position)


class SalesOrderLine(LineColumns):
    order = models.ForeignKey(SalesOrder, on_delete=models.CASCADE, related_name="stored_lines", db_index=False)

    class Meta:
        db_table = "sales_order_lines"
        constraints = [models.UniqueConstraint(fields=["order", "position"], name="order_line_once")]
