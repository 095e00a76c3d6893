"""Everything that is told to whoever scrapes: all counts, figures of the database, Redis, which version runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import redis
from django.conf import settings
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from webhooks.metrics import store
from webhooks.metrics.gauges import KEPT_SECONDS, database_gauges

REDIS_SECONDS = 2


class BuildInfo(Collector):
    """Which version runs."""

    def collect(self) -> Iterator[Metric]:
        info = GaugeMetricFamily("webhook_build_info", "1, labelled with the version that runs", labels=["version"])
        info.add_metric([settings.VERSION], 1)
        yield info


class RedisUp(Collector):
    """Whether Redis answers, asked at most every KEPT_SECONDS. Nothing is told where none is used."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked_at, self._up = float("-inf"), False

    def collect(self) -> Iterator[Metric]:
        if not settings.REDIS_URL:
            return
        with self._lock:
            if time.monotonic() - self._asked_at > KEPT_SECONDS:
                self._up = redis_problem() is None
                self._asked_at = time.monotonic()
        yield GaugeMetricFamily("webhook_redis_up", "1 when Redis answered", value=float(self._up))


def redis_problem() -> str | None:
    """What kind of error a Redis gives that does not answer, never its text; None when it does."""
    options = {"socket_timeout": REDIS_SECONDS, "socket_connect_timeout": REDIS_SECONDS}
    try:
        with redis.Redis.from_url(settings.REDIS_URL, **options) as client:
            client.ping()
    except redis.RedisError as exc:
        return type(exc).__name__
    return None


_redis_up = RedisUp()


def registry() -> CollectorRegistry:
    """A fresh registry of all of it."""
    combined = store.registry()
    combined.register(database_gauges)
    combined.register(_redis_up)
    combined.register(BuildInfo())
    return combined
