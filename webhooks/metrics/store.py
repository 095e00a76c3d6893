"""Where this process's counts go, and where those of all processes are read: METRICS_BACKEND chooses."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from prometheus_client import CollectorRegistry

from webhooks.metrics import slots, totals


@cache
def install() -> None:
    """Have prometheus_client keep this process's values there. Call it before the first metric is created."""
    totals.install() if settings.METRICS_BACKEND == "redis" else slots.install()


def registry() -> CollectorRegistry:
    """A fresh registry of what all processes have counted: of this host's with files, of all hosts' with Redis."""
    return totals.registry() if settings.METRICS_BACKEND == "redis" else slots.registry()
