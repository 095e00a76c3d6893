"""What is wrong with this installation, and what to do about it: one check after the other, none of which may fail.

Each check is a generator of findings. What is not well says what to do.
"""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.core.checks import run_checks
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from monitor import prometheus, times
from monitor.counted import Steps
from project.management.command import reason
from tenancy import row_security
from tenancy.models import Tenant
from tenancy.row_security import of_all_tenants
from webhooks import event_types
from webhooks.metrics import gauges
from webhooks.models import Circuit, CircuitState, Heartbeat, Subscription, heartbeat, sql
from webhooks.subscriptions import target_policy

REDIS_SECONDS = 2
LEAST_FREE_BYTES = 100_000_000
LOCK_SECONDS, STATEMENT_SECONDS = 3, 15
# A retry is due to the second, and a lease of 20 s must not run out by a clock that is ahead.
CLOCK_SECONDS = 2.0
LATE_SECONDS = 60
LONG_OPEN = timedelta(hours=1)
# Of one kind of trouble no more are named: the first few show what it is.
NAMED = 10


class Finding(NamedTuple):
    """`level`: `ok`, `warning` (works, but look at it) or `error` (something does not work)."""

    level: str
    part: str
    text: str
    advice: str = ""


def _ok(part: str, text: str) -> Finding:
    return Finding("ok", part, text)


def _warning(part: str, text: str, advice: str = "") -> Finding:
    return Finding("warning", part, text, advice)


def _error(part: str, text: str, advice: str = "") -> Finding:
    return Finding("error", part, text, advice)


def examine() -> Iterator[Finding]:
    """Everything, in an order in which what fails first explains what fails later."""
    parts: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
        ("configuration", _configuration),
        ("data folder", _data_folder),
        ("database", _database),
        ("redis", _redis),
    ]
    broken = False
    for part, check in parts:
        for finding in _guarded(part, check):
            broken = broken or (part == "database" and finding.level == "error")
            yield finding
    if broken:
        yield _warning("delivery", "not looked at: the database must work first")
        return
    for part, check in (
        ("worker", _worker),
        ("queue", _queue),
        ("subscriptions", _subscriptions),
        ("prometheus", _prometheus),
    ):
        yield from _guarded(part, check)


def _guarded(part: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    except Error as exc:
        yield _error(
            part, f"could not be looked at: {reason(exc)}", "a lock may be held, or the server be busy: look again"
        )
    except Exception as exc:
        # Not its text: a client's error may quote a URL with its password.
        yield _error(part, f"could not be looked at: {type(exc).__name__}", "look at the settings it is about")


def _configuration() -> Iterator[Finding]:
    mode = "embedded (SQLite, one process)" if settings.EMBEDDED else "production (PostgreSQL and Redis)"
    yield _ok("configuration", f"{mode}, version {settings.VERSION}")
    for message in run_checks(include_deployment_checks=not settings.EMBEDDED):
        if message.id not in settings.SILENCED_SYSTEM_CHECKS:
            level = "error" if message.is_serious() else "warning"
            yield Finding(level, "configuration", _line(message.msg), _line(message.hint or ""))


def _data_folder() -> Iterator[Finding]:
    folder = settings.DATA_DIR
    if not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
        yield _error(
            "data folder",
            f"{folder} is no folder that can be written to",
            "set DATA_DIR, or give this user rights to it",
        )
        return
    yield _ok("data folder", str(folder))
    if settings.STATIC_ROOT and not (settings.STATIC_ROOT / "staticfiles.json").exists():
        yield _error(
            "data folder",
            "the pages' files are not collected: pages answer 500",
            "run `make release` with the DATA_DIR of the web process",
        )
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        yield _error(
            "data folder",
            f"only {free // 1_000_000} MB of its disk are free",
            "make room: what is written there would be lost",
        )
    if settings.METRICS_BACKEND == "files":
        files = [settings.METRICS_DIR, *settings.METRICS_DIR.glob("*")] if settings.METRICS_DIR.exists() else []
        foreign = [path.name for path in files if not os.access(path, os.R_OK | os.W_OK)]
        if foreign:
            yield _error(
                "metrics",
                f"{len(foreign)} files of {settings.METRICS_DIR} belong to somebody else",
                "run web and worker as one user, or use METRICS_BACKEND=redis",
            )
        else:
            slots = len(list(settings.METRICS_DIR.glob("slot-*.lock")))
            yield _ok(
                "metrics",
                f"in files of this host, of up to {slots} processes at once"
                if slots
                else "in files of this host; no process has counted yet",
            )


def _database() -> Iterator[Finding]:
    started = time.perf_counter()
    try:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":  # who holds a lock must not hold this up
                cursor.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'; SET statement_timeout = '{STATEMENT_SECONDS}s'")
            cursor.execute("SELECT CURRENT_TIMESTAMP")
            (now,) = cursor.fetchone()
    except Error as exc:
        yield _error(
            "database",
            f"does not answer: {reason(exc)}",
            "is it running, and are host, user and password of DATABASE_URL right?",
        )
        return
    yield _ok("database", f"{connection.vendor} answers in {(time.perf_counter() - started) * 1000:.0f} ms")
    if isinstance(now, datetime):
        ahead = (datetime.now(UTC) - now).total_seconds()
        if abs(ahead) > CLOCK_SECONDS:
            yield _error(
                "database",
                f"this machine's clock is {ahead:+.1f} s off the database's",
                "run an NTP client on both: due times and leases are compared by them",
            )
    executor = MigrationExecutor(connection)
    if missing := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield _error("database", f"{len(missing)} migrations are missing", "run `make release`")
    elif tables := row_security.unprotected():
        yield _error("database", f"row security is not forced on {', '.join(tables)}", "run `make release`")
    if row_security.opened_by_the_session() and not os.environ.get("PGOPTIONS"):
        yield _error(
            "database", "every connection sees all tenants (ALTER ROLE … SET app.…)", "reset that setting of the role"
        )


def _redis() -> Iterator[Finding]:
    if settings.EMBEDDED:
        return
    yield from _one_redis("REDIS_URL", settings.REDIS_URL)
    if settings.FEED_REDIS_URL != settings.REDIS_URL:
        yield from _one_redis("FEED_REDIS_URL", settings.FEED_REDIS_URL)


def _one_redis(name: str, url: str) -> Iterator[Finding]:
    try:
        with redis.Redis.from_url(url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS) as client:
            info: dict[str, Any] = client.info()
    except redis.RedisError as exc:
        yield _error(
            "redis",
            f"{name} does not answer: {type(exc).__name__}",
            "is it running, and are host and password right? Deliveries go on without it, a second later",
        )
        return
    yield _ok("redis", f"{name}: version {info['redis_version']}, {info['used_memory_human']} in use")
    if info.get("maxmemory") and info.get("maxmemory_policy") != "noeviction":
        yield _warning(
            "redis",
            f"{name} evicts keys ({info['maxmemory_policy']}): wake-ups and the feed's log may vanish",
            "set maxmemory-policy noeviction, or give it a server of its own",
        )


def _worker() -> Iterator[Finding]:
    now = sql.now()
    alive = list(Heartbeat.objects.filter(seen_at__gt=now - heartbeat.ALIVE, ended_at=None).order_by("started_at"))
    for worker in alive:
        yield _ok(
            "worker", f"process {worker.pid} on {worker.host}, up since {worker.started_at:%Y-%m-%d %H:%M:%S} UTC"
        )
    own = socket.gethostname()
    counting = settings.METRICS_BACKEND == "redis" or any(settings.METRICS_DIR.glob("slot-*.lock"))
    if not counting and any(worker.host == own for worker in alive):
        yield _error(
            "metrics",
            f"a worker of this host is alive, and nobody has counted in {settings.METRICS_DIR}",
            "web and worker need the same DATA_DIR (or METRICS_BACKEND=redis): /metrics shows nothing otherwise",
        )
    if not alive:
        seen = heartbeat.last_seen()
        heard = (
            f"the last one was heard of at {seen:%Y-%m-%d %H:%M:%S} UTC" if seen else "none was heard of within a day"
        )
        start = "`make run`" if settings.EMBEDDED else "`honcho start worker`"
        yield _error(
            "worker", f"none is alive: {heard}", f"start one ({start}), and look at the end of the last one's log"
        )


def _queue() -> Iterator[Finding]:
    figures = gauges.read(datetime.now(UTC))
    waiting = ", ".join(f"{count:,} {state}" for state, count in figures.pending.items())
    if figures.oldest_due_seconds > LATE_SECONDS:
        yield _error(
            "queue",
            f"a delivery is {figures.oldest_due_seconds:.0f} s late; {waiting}",
            "start more workers, or raise WEBHOOK_MAX_IN_FLIGHT; see docs/runbooks.md",
        )
    else:
        yield _ok("queue", f"nothing is late; {waiting}")


def _subscriptions() -> Iterator[Finding]:
    """Those that cannot work, whatever their receiver does, and those whose receiver has been failing for long."""
    policy, known = target_policy(), {*event_types.names(), *(each.name for each in event_types.OPERATIONAL)}
    troubles: dict[tuple[str, str, str], list[str]] = {}

    def trouble(level: str, text: str, advice: str, subscription: Subscription) -> None:
        named = f"{slugs.get(subscription.tenant_id, '?')}/{subscription.id} ({urlsplit(subscription.url).hostname})"
        troubles.setdefault((level, text, advice), []).append(named)

    with of_all_tenants():
        slugs = dict(Tenant.objects.values_list("id", "slug"))
        subscriptions = list(Subscription.objects.order_by("id"))
        since = datetime.now(UTC) - LONG_OPEN
        long_open = set(
            Circuit.objects.exclude(state=CircuitState.CLOSED)
            .filter(opened_at__lt=since)
            .values_list("subscription_id", flat=True)
        )
    for each in subscriptions:
        if each.disabled_reason:
            trouble(
                "warning",
                f"disabled ({each.disabled_reason})",
                "have its receiver put right, then enable it again",
                each,
            )
        if not each.active:
            continue
        if each.is_unreadable:
            trouble(
                "error",
                "the secret cannot be decrypted",
                "put its key back into ENCRYPTION_KEYS, or have the tenant rotate the secret",
                each,
            )
        if policy.check_url(each.url):
            trouble(
                "error",
                "the URL is not allowed any more: deliveries end as blocked",
                "change the URL, or WEBHOOK_ALLOWED_NETWORKS, WEBHOOK_ALLOWED_PORTS",
                each,
            )
        if not any(each.matches(name) for name in known):
            trouble("error", "no event type is left that it wants", "change its events", each)
        if each.id in long_open:
            trouble(
                "warning",
                "its circuit has been open for an hour or more",
                "look at it on the Endpoints page: its receiver fails",
                each,
            )
    active = sum(each.active for each in subscriptions)
    yield _ok("subscriptions", f"{active} active, {len(subscriptions) - active} inactive")
    for (level, text, advice), named in troubles.items():
        more = f" and {len(named) - NAMED} more" if len(named) > NAMED else ""
        yield Finding(level, "subscriptions", f"{text}: {', '.join(named[:NAMED])}{more}", advice)


def _prometheus() -> Iterator[Finding]:
    if not settings.PROMETHEUS_URL:
        return
    now = times.floor(datetime.now(UTC), 60)
    try:
        prometheus.history(Steps(now - timedelta(minutes=10), now, 60))
    except prometheus.UnavailableError as exc:
        advice = "charts of the whole system come from the stored attempts meanwhile; does it scrape /metrics?"
        yield _warning("prometheus", f"PROMETHEUS_URL: {exc}", advice)
    else:
        yield _ok("prometheus", "PROMETHEUS_URL answers and knows the counters")


def _line(text: str) -> str:
    return " ".join(str(text).split())
