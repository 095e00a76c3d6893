"""The API's own Huey task."""

from __future__ import annotations

from django.conf import settings
from django.db import close_old_connections
from huey import crontab

from rest import idempotency

huey = settings.HUEY


@huey.periodic_task(crontab(minute="41"), name="prune_idempotent_requests")
def prune_idempotent_requests() -> None:
    """Every worker's scheduler starts this each hour; the second one finds nothing left to do."""
    try:
        idempotency.prune()
    finally:
        close_old_connections()
