"""Everything that is told to whoever scrapes: counts of all processes, figures of the database, which version runs."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from webhooks.metrics import store
from webhooks.metrics.gauges import database_gauges


class BuildInfo(Collector):
    """Which version runs."""

    def collect(self) -> Iterator[Metric]:
        info = GaugeMetricFamily("webhook_build_info", "1, labelled with the version that runs", labels=["version"])
        info.add_metric([settings.VERSION], 1)
        yield info


def registry() -> CollectorRegistry:
    """A fresh registry of all of it."""
    combined = store.registry()
    combined.register(database_gauges)
    combined.register(BuildInfo())
    return combined
