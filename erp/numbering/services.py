"""Numbers without gaps, as tax law wants them of invoices."""

from __future__ import annotations

from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from erp.numbering.models import NumberSeries


def next_number(tenant_id: UUID, prefix: str) -> str:
    """The tenant's next number of that prefix, e.g. `INV-000042`; given back when the transaction rolls back.

    Must run inside the transaction that uses the number. The tenant's other transactions wait for their number until
    this one ends, so take it as late as possible, and after any lock on a document.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("a number must be taken inside the transaction that uses it")
    series = NumberSeries.objects.filter(tenant_id=tenant_id, prefix=prefix)
    while not series.update(last=F("last") + 1):
        # Of several first ones at once one makes the row; the others wait and find it.
        NumberSeries.objects.get_or_create(tenant_id=tenant_id, prefix=prefix)
    return f"{prefix}-{series.values_list('last', flat=True).get():06}"
