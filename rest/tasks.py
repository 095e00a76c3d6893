"""The web side's own Huey tasks."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from django.db import close_old_connections
from huey import crontab

from rest import idempotency

huey = settings.HUEY


@huey.periodic_task(crontab(hour="3", minute="29"), name="clear_sessions")
def clear_sessions() -> None:
    """Sessions that are over are of use only to whoever steals the database."""
    try:
        import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    finally:
        close_old_connections()


@huey.periodic_task(crontab(minute="41"), name="prune_idempotent_requests")
def prune_idempotent_requests() -> None:
    """Every worker's scheduler starts this each hour; the second one finds nothing left to do."""
    try:
        idempotency.prune()
    finally:
        close_old_connections()
