"""How many deliveries a worker process makes: durably recorded, and broadcast to a listening client.

    .venv/bin/python -m bench throughput [--events 50000] [--subscriptions 1] [--workers 1] [--queued N] [--profile]

PostgreSQL, Redis, a web process with one feed client, and `bench.receiver` run beside the worker. First `--events` are
published through the ERP's services while no worker runs, then the worker starts and the clock with it. With `--queued`
they are rows copied in the database instead, which the worker finds without wake-ups. `--profile` samples the worker
with py-spy and says what share of its CPU time each stage took.
"""

from __future__ import annotations

import argparse
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import quantiles
from typing import Any
from uuid import UUID

import httpx
import psutil

from bench import load
from bench.receiver import RECEIVED
from tests.e2e.processes import Process, eventually
from tests.servers import free_port
from webhooks.models import Attempt, Delivery

ROOT = Path(__file__).parents[1]
logging.getLogger("httpx").setLevel(logging.WARNING)
# A stack's innermost function that is one of these names the stage.
STAGES = {
    "claim": ("claiming.py",),
    "record": ("recording.py", "recorder.py"),
    "metrics": ("metrics/attempts.py",),
    "broadcast": ("monitor/feed",),
    "log": ("attempt_log.py",),
    "build and sign": ("engine/request.py", "engine/signature.py"),
    "send": ("engine/sender.py", "engine/connection.py", "aiohttp"),
    "dispatch": ("dispatching/",),
    "queue": ("huey",),
}


class Bench:
    """The processes of one run."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        environment.pop("PGOPTIONS", None)
        self.environment = environment
        self.port = free_port()
        self.receiver = Process([sys.executable, "-m", "bench.receiver", str(self.port)], environment)
        self.receiver.wait_for("listening")
        self.web = self.procfile("web")
        base = f"http://127.0.0.1:{environment['PORT']}"
        eventually(lambda: answers(f"{base}/readyz"), "the web process answers")
        self.feed_url = f"ws://127.0.0.1:{environment['PORT']}/ws/v1/feed"

    def procfile(self, entry: str, **more: str) -> Process:
        """Start a line of the Procfile, with these variables besides its own."""
        lines = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
        return Process(["sh", "-c", "exec " + lines[entry]], {**self.environment, **more})

    def url(self, path: str = "") -> str:
        """A URL of the receiver."""
        return f"http://127.0.0.1:{self.port}/{path}"

    def received(self) -> int:
        """How many webhooks it answered."""
        return int(httpx.get(self.url("count"), timeout=30).text)

    def times(self) -> dict[tuple[UUID, int], float]:
        """When each event first came to each path."""
        body = httpx.get(self.url("times"), timeout=60).content
        times: dict[tuple[UUID, int], float] = {}
        for event_id, at, path in RECEIVED.iter_unpack(body):
            times.setdefault((UUID(bytes=event_id), path), at)
        return times

    def stop(self) -> None:
        for process in (self.web, self.receiver):
            process.kill()


def answers(url: str) -> bool:
    """Whether it does, with 200."""
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def cpu_seconds(pids: dict[str, list[int]]) -> dict[str, float]:
    """User and system time of processes and all their children, by name."""
    found = {}
    for name, roots in pids.items():
        total = 0.0
        for pid in roots:
            root = psutil.Process(pid)
            for process in (root, *root.children(recursive=True)):
                times = process.cpu_times()
                total += times.user + times.system
                # PostgreSQL's processes come and go: a parent has the times of those that ended.
                total += times.children_user + times.children_system
        found[name] = total
    return found


def servers() -> dict[str, list[int]]:
    """Process ids of the PostgreSQL and the Redis this installation uses."""
    wanted = {"PostgreSQL": os.environ["DATABASE_URL"], "Redis": os.environ["REDIS_URL"]}
    ports = {name: int(httpx.URL(url).port or 0) for name, url in wanted.items()}
    found: dict[str, list[int]] = {}
    for connection in psutil.net_connections("inet"):
        for name, port in ports.items():
            address = connection.laddr
            if connection.status == psutil.CONN_LISTEN and address and address.port == port and connection.pid:
                found[name] = [connection.pid]
    return found


def drain(bench: Bench, tenants: list[Any], deliveries: int, workers: int, profile: bool) -> dict[str, Any]:
    """Start the workers, wait until all is recorded, and say what it took."""
    feed = Process(
        [sys.executable, "-m", "bench.feed_client", bench.feed_url, load.token_of(tenants[0])], bench.environment
    )
    feed.wait_for("listening")
    before_received = bench.received()
    started = [bench.procfile("worker") for _ in range(workers)]
    for worker in started:
        worker.wait_for("worker_started")
    begun = time.monotonic()
    pids = {
        "worker": [worker.popen.pid for worker in started],
        "web": [bench.web.popen.pid],
        "receiver": [bench.receiver.popen.pid],
        **servers(),
    }
    cpu = cpu_seconds(pids)
    sampled = sample(started[0].popen.pid) if profile else None
    while bench.received() - before_received < deliveries:
        time.sleep(0.1)
    ids = [tenant.id for tenant in tenants]
    while Delivery.objects.filter(tenant_id__in=ids).exclude(status="DELIVERED").exists():
        time.sleep(0.02)
    seconds = time.monotonic() - begun
    spent = {name: round((after - cpu[name]) / deliveries * 1e6) for name, after in cpu_seconds(pids).items()}
    memory = [peak_mb(pid) for pid in pids["worker"]]
    stages = _stages(sampled) if sampled else {}
    time.sleep(1)
    feed.popen.terminate()
    feed.popen.wait(30)
    for worker in started:
        worker.stop()
    return {
        "deliveries": deliveries,
        "seconds": round(seconds, 2),
        "per_second": round(deliveries / seconds),
        "cpu_us_per_delivery": spent,
        "worker_peak_mb": memory,
        "attempts": Attempt.objects.filter(tenant_id__in=ids).count(),
        "feed": feed.lines[-1].strip(),
        "stages": stages,
    }


def peak_mb(pid: int) -> int:
    """The most memory that a process has had."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def sample(pid: int) -> tuple[subprocess.Popen[bytes], Path]:
    """Begin to sample a process, while it holds the GIL; `samples` ends it."""
    output = Path(tempfile.mkstemp(suffix=".raw")[1])
    command = ["py-spy", "record", "-p", str(pid), "-f", "raw", "-r", "200", "-d", "600", "--gil", "-o", str(output)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL), output


def samples(sampled: tuple[subprocess.Popen[bytes], Path]) -> dict[str, int]:
    """How often each stack was seen: its functions from the outermost, between semicolons."""
    process, output = sampled
    process.send_signal(2)
    process.wait(60)
    lines = (line.rpartition(" ") for line in output.read_text().splitlines())
    return {stack: int(seen) for stack, _, seen in lines}


def _stages(sampled: tuple[subprocess.Popen[bytes], Path]) -> dict[str, str]:
    counts: Counter[str] = Counter()
    for stack, seen in samples(sampled).items():
        counts[_stage(stack)] += seen
    total = sum(counts.values()) or 1
    return {stage: f"{seen * 100 / total:.0f} %" for stage, seen in counts.most_common()}


def _stage(stack: str) -> str:
    for frame in reversed(stack.split(";")):
        for stage, marks in STAGES.items():
            if any(mark in frame for mark in marks):
                return stage
    return "other"


def percentiles(bench: Bench, tenant_ids: list[UUID]) -> str:
    """p50, p95 and p99 from due (when it was published) to received, in ms."""
    times = {event: at for (event, _path), at in bench.times().items()}
    rows = Delivery.objects.filter(tenant_id__in=tenant_ids).values_list("source_id", "created_at")
    return describe([(times[event] - created.timestamp()) * 1000 for event, created in rows if event in times])


def describe(waited: Sequence[float]) -> str:
    """Percentiles of times in ms."""
    cuts = quantiles(waited, n=1000)
    return f"p50 {cuts[499]:.0f}, p95 {cuts[949]:.0f}, p99 {cuts[989]:.0f}, p99.9 {cuts[998]:.0f} ms"


def compare(bench: Bench, events: int, own: int) -> None:
    """Run the baselines, and say how many times as much ours does."""
    from bench.baselines import run

    for name, baseline in (("plain Huey", run.plain_huey), ("django-webhook", run.django_webhook)):
        found = baseline(bench, events)
        best = max(found.values())
        sys.stdout.write(f"{name}: {found} deliveries/s; ours is {own / best:.1f} times the best\n")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--tenants", type=int, default=1, help="each with its own share of the events")
    parser.add_argument("--subscriptions", type=int, default=1, help="of each tenant, all matching")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--queued", type=int, default=0)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--baseline-events", type=int, default=0, help="also run the baselines, with so many events")
    chosen = parser.parse_args()
    bench = Bench()
    try:
        urls = [bench.url(str(number)) for number in range(chosen.subscriptions)]
        tenants = [load.make_tenant(urls) for _ in range(chosen.tenants)]
        if chosen.queued:
            for tenant in tenants:
                load.pay(tenant.id, 1)
                load.multiply(tenant, chosen.queued // len(tenants) - 1)
        else:
            took = load.publish(tenants, chosen.events)
            sys.stdout.write(f"published {chosen.events} events in {took:.0f} s\n")
        deliveries = Delivery.objects.filter(status="PENDING").count()
        found = drain(bench, tenants, deliveries, chosen.workers, chosen.profile)
        for name, value in found.items():
            sys.stdout.write(f"{name}: {value}\n")
        sys.stdout.write(f"due to received: {percentiles(bench, [tenant.id for tenant in tenants])}\n")
        if chosen.baseline_events:
            compare(bench, chosen.baseline_events, found["per_second"])
    finally:
        bench.stop()


if __name__ == "__main__":
    main()
