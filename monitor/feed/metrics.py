"""What is counted of the feed: in web processes of its clients, in workers of what goes into its log."""

from __future__ import annotations

from functools import cache

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

from monitor.feed.closing import CloseCode
from webhooks.metrics import store

# Seconds. The feed sends ten times a second; 5 is an alert's threshold.
_LAG_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class FeedMetrics:
    """Create it once in a process, after `store.install()`."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self.clients = Gauge(
            "webhook_feed_clients", "Open sockets of the live feed", registry=registry, multiprocess_mode="livesum"
        )
        self.closed = Counter("webhook_feed_closed", "Sockets the server closed, by code", ["code"], registry=registry)
        self.shed = Counter(
            "webhook_feed_shed_attempts", "Attempts left out of the feed of slow clients", registry=registry
        )
        self.unlogged = Counter(
            "webhook_feed_unlogged_attempts", "Attempts that never reached the feed's log", registry=registry
        )
        self.lag = Histogram(
            "webhook_broadcast_lag_seconds",
            "From the end of an attempt to its place in the feed's log",
            buckets=_LAG_BUCKETS,
            registry=registry,
        )
        for code in CloseCode:
            self.closed.labels(str(int(code)))


@cache
def feed_metrics() -> FeedMetrics:
    """This process's."""
    store.install()
    return FeedMetrics()
