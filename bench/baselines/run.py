"""Runs the baselines on the servers of a benchmark, each with a few numbers of threads or processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import UUID

import psycopg

from bench import load
from tests.e2e.processes import Process
from webhooks.models import Delivery
from webhooks.tasks import huey as own_queue

if TYPE_CHECKING:
    from bench.throughput import Bench

HERE = Path(__file__).parent
ENVIRONMENT = HERE.parents[1] / "var" / "bench-baselines"
HUEY_THREADS = (1, 4, 16)
CELERY_POOLS = (("prefork", 2), ("threads", 4), ("threads", 16))


def plain_huey(bench: Bench, events: int) -> dict[str, float]:
    """Deliveries a second of one Huey task each, by number of threads."""
    from bench.baselines import plain_huey as baseline

    found = {}
    for threads in HUEY_THREADS:
        tenant = load.make_tenant([bench.url()])
        load.publish([tenant], events)
        own_queue.storage.flush_queue()
        for delivery_id in Delivery.objects.filter(tenant_id=tenant.id).values_list("id", flat=True):
            baseline.deliver(str(delivery_id))
        consumer = str(Path(sys.executable).with_name("huey_consumer"))
        command = [
            sys.executable,
            consumer,
            "bench.baselines.plain_huey.huey",
            "-w",
            str(threads),
            "-k",
            "thread",
            "-q",
        ]
        # It knows nothing of row security.
        environment = {**bench.environment, "PGOPTIONS": "-c app.all_tenants=on"}
        found[f"{threads} threads"] = _timed(bench, command, environment, events, partial(_delivered, tenant.id))
    return found


def _delivered(tenant_id: UUID) -> bool:
    return not Delivery.objects.filter(tenant_id=tenant_id).exclude(status="DELIVERED").exists()


def django_webhook(bench: Bench, events: int) -> dict[str, float]:
    """Deliveries a second of django-webhook on Celery, by pool and its size."""
    python = _python()
    found = {}
    for pool, size in CELERY_POOLS:
        environment = {
            **bench.environment,
            "DATABASE_URL": _fresh_database(),
            # Another of Redis' databases: the queue's names are Celery's own.
            "REDIS_URL": bench.environment["REDIS_URL"].rpartition("/")[0] + "/1",
        }
        fill = [python, "app.py", "fill", bench.url(), str(events)]
        folder = HERE / "django_webhook_project"
        subprocess.run(fill, env=environment, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        worker = [python, "-m", "celery", "-A", "app", "--workdir", str(folder), "worker"]
        options = ["-P", pool, "-c", str(size), "-l", "WARNING", "--without-gossip", "--without-mingle"]
        found[f"{pool} {size}"] = _timed(
            bench,
            [*worker, *options],
            environment,
            events,
            partial(_succeeded, environment["DATABASE_URL"], events),
        )
    return found


def _succeeded(url: str, events: int) -> bool:
    with psycopg.connect(url.replace("postgres://", "postgresql://")) as connection:
        row = connection.execute("SELECT count(*) FROM django_webhook_webhookevent WHERE status = 'SUCCESS'").fetchone()
    return row is not None and int(row[0]) >= events


def _timed(
    bench: Bench, command: list[str], environment: dict[str, str], events: int, done: Callable[[], bool]
) -> float:
    """Deliveries a second, from the first one received to the last one recorded."""
    before = bench.received()
    worker = Process(command, environment)
    while bench.received() == before:
        time.sleep(0.01)
        if worker.popen.poll() is not None:
            raise SystemExit("".join(worker.lines))
    begun = time.monotonic()
    while bench.received() - before < events:
        time.sleep(0.1)
    while not done():
        time.sleep(0.02)
    seconds = time.monotonic() - begun
    worker.kill()
    return round(events / seconds)


def _fresh_database() -> str:
    url = os.environ["DATABASE_URL"]
    name = f"baseline_{time.time_ns()}"
    with psycopg.connect(url.replace("postgres://", "postgresql://"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return url.replace(urlsplit(url).path, f"/{name}")


def _python() -> str:
    """The interpreter of an environment with the baseline's packages, made when it is missing."""
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        venv.create(ENVIRONMENT, with_pip=True)
        requirements = HERE / "requirements.txt"
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", requirements], check=True)
    return str(python)
