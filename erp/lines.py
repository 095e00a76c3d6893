"""Lines of sales orders and invoices, and how they add up.

The amount of a line is quantity times unit price, rounded to two decimals, half a cent away from zero (commercial
rounding). The total is the sum of the rounded amounts, so that it is always what adding up the lines gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db import models

from erp.errors import refusing
from erp.money import MAX_AMOUNT, MAX_DIGITS, QUANTITY_DIGITS, parse_price, parse_quantity

MAX_LINES = 500
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line as it is ordered."""

    sku: str
    description: str
    quantity: Decimal
    unit_price: Decimal

    @property
    def amount(self) -> Decimal:
        """What the line costs."""
        return line_amount(self.quantity, self.unit_price)


def line_amount(quantity: Decimal, unit_price: Decimal) -> Decimal:
    """Quantity times unit price with two decimals."""
    return (quantity * unit_price).quantize(_CENT, ROUND_HALF_UP)


def total_of(lines: Iterable[NewLine]) -> Decimal:
    """The sum of the lines' amounts, with two decimals."""
    return sum((line.amount for line in lines), Decimal("0.00"))


def check_lines(lines: Sequence[NewLine]) -> Decimal:
    """The total of the lines. Raises InvalidFieldError when there are none or too many, or a value breaks a rule."""
    for number, line in enumerate(lines):
        with refusing(f"lines.{number}.quantity"):
            parse_quantity(line.quantity)
        with refusing(f"lines.{number}.unit_price"):
            parse_price(line.unit_price)
    total = total_of(lines)
    with refusing("lines"):
        if not 1 <= len(lines) <= MAX_LINES:
            raise ValueError(f"there are 1 to {MAX_LINES} lines")
        if total > MAX_AMOUNT:
            raise ValueError(f"the total is {total:f}, but at most {MAX_AMOUNT} can be stored")
    return total


class LineColumns(models.Model):
    """The columns of a document's line; `position` counts from 1."""

    tenant_id = models.UUIDField()
    position = models.PositiveSmallIntegerField()
    sku = models.CharField(max_length=64)
    description = models.CharField(max_length=200, blank=True)
    quantity = models.DecimalField(max_digits=QUANTITY_DIGITS, decimal_places=3)
    unit_price = models.DecimalField(max_digits=MAX_DIGITS, decimal_places=2)
    amount = models.DecimalField(max_digits=MAX_DIGITS, decimal_places=2)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.quantity} {self.sku}"
