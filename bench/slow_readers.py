"""What feed clients that never read cost the others: 300 of them, beside ten healthy ones, at 200 attempts/s.

    .venv/bin/python -m bench slow_readers [--slow 300] [--healthy 10] [--rate 200] [--seconds 60]

One web process. The slow clients subscribe and read nothing after that, with a small receive buffer; they watch a
tenant with `--rate` attempts a second, as half of the healthy ones do. The other half watch a tenant with a tenth of
that. Said is how long rows took from recorded (`delivered_at`) to received, whether every healthy client got every row,
when and how the slow ones were closed, and what it cost the web process.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import select
import socket
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from itertools import cycle
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

import httpx
import psutil
from django.conf import settings

from bench import feed_client, load, websocket
from bench.throughput import Bench, cpu_seconds, describe, peak_mb
from monitor.feed.frames import FIELDS
from tenancy.models import Tenant
from webhooks.models import Delivery

PUBLISHERS = 2  # of the busy tenant
BUFFER = 4096
LOOK_SECONDS = 0.1
DELIVERY = FIELDS.index("delivery_id")


class SlowClient:
    """Subscribes and never reads again. `closed_after` is in seconds, `code` None when none of it arrived."""

    def __init__(self, url: httpx.URL, token: str) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        self._socket.settimeout(30)
        self._socket.connect((url.host, url.port))
        self._socket.sendall(websocket.request(url.netloc.decode(), url.path, token))
        self._head = b""
        while b"\r\n\r\n" not in self._head:
            self._head += self._socket.recv(1)
        if not self._head.startswith(websocket.ACCEPTED):
            raise RuntimeError(self._head.decode())
        self._socket.sendall(websocket.masked(b'{"t":"sub"}'))
        self._begun = time.monotonic()
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLRDHUP)
        self.closed_after: float | None = None
        self.code: int | None = None

    def look(self) -> bool:
        """Whether the server has closed it. Reading what is left is no help to it any more."""
        if self.closed_after is None and self._poll.poll(0):
            self.closed_after = time.monotonic() - self._begun
            said = [payload for opcode, payload in websocket.frames(self._rest()) if opcode == websocket.CLOSE]
            self.code = websocket.close_code(said[0]) if said else None
        return self.closed_after is not None

    def close(self) -> None:
        """End the connection."""
        self._socket.close()

    def _rest(self) -> bytearray:
        rest = bytearray()
        try:
            while data := self._socket.recv(65_536):
                rest += data
        except OSError:  # reset: what the server had not sent yet is lost
            pass
        return rest


class HealthyClient:
    """Remembers when each delivery's row came; `missing` counts rows that it was told it would not get."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self._token = load.token_of(tenant)
        self.listening = asyncio.Event()
        self.received: dict[str, float] = {}
        self.missing = 0

    async def listen(self, url: str) -> None:
        """Until it is cancelled."""
        async with feed_client.connected(url, self._token) as socket:
            self.listening.set()
            await feed_client.read(socket, self.take)

    def take(self, message: dict[str, Any]) -> None:
        """Called with each batch and gap."""
        now = time.time()
        if message["t"] == "gap":
            self.missing += message["n"]
        else:
            self.missing += message["dropped"]
            self.received |= {row[DELIVERY]: now for row in message["r"]}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--slow", type=int, default=300)
    parser.add_argument("--healthy", type=int, default=10)
    parser.add_argument("--rate", type=float, default=200, help="attempts a second")
    parser.add_argument("--seconds", type=float, default=60)
    chosen = parser.parse_args()
    bench = Bench()
    worker = bench.procfile("worker")
    try:
        worker.wait_for("worker_started")
        run(bench, chosen)
    finally:
        worker.stop()
        bench.stop()


def run(bench: Bench, chosen: argparse.Namespace) -> None:
    busy, calm = (load.make_tenant([bench.url(path)]) for path in ("1", "2"))
    healthy = [HealthyClient(tenant) for tenant, _ in zip(cycle([busy, calm]), range(chosen.healthy))]
    web = psutil.Process(bench.web.popen.pid)
    before = web.memory_info().rss // 2**20
    slow = _open_slow(bench.feed_url, busy, chosen.slow)
    spent = cpu_seconds({"web": [web.pid]})["web"]
    began = time.monotonic()
    kernel = asyncio.run(_watch(bench.feed_url, healthy, slow, (busy, calm), chosen))
    spent = cpu_seconds({"web": [web.pid]})["web"] - spent
    _report_healthy(healthy)
    report_slow(slow)
    after = web.memory_info().rss // 2**20
    sys.stdout.write(f"web: {before} MB before, at most {peak_mb(web.pid)}, {after} at the end; ")
    sys.stdout.write(f"{spent:.1f} s of CPU time in {time.monotonic() - began:.0f} s; ")
    sys.stdout.write(f"in the kernel's socket buffers, of the whole machine: at most {kernel} MB\n")


def _open_slow(url: str, tenant: Tenant, count: int) -> list[SlowClient]:
    each = settings.FEED_SOCKETS_PER_CALLER
    tokens = [load.token_of(tenant) for _ in range(0, count, each)]
    return [SlowClient(httpx.URL(url), tokens[number // each]) for number in range(count)]


async def _watch(
    url: str,
    healthy: list[HealthyClient],
    slow: list[SlowClient],
    tenants: tuple[Tenant, Tenant],
    chosen: argparse.Namespace,
) -> int:
    """Publish with everybody listening, and wait until everything has come; the most MB that TCP's buffers held."""
    async with asyncio.TaskGroup() as tasks:
        listening = [tasks.create_task(client.listen(url)) for client in healthy]
        for client in healthy:
            await client.listening.wait()
        kernel = await _publish(tenants, chosen, slow)
        await asyncio.sleep(3)
        for task in listening:
            task.cancel()
    return kernel


async def _publish(tenants: tuple[Tenant, Tenant], chosen: argparse.Namespace, slow: list[SlowClient]) -> int:
    """Payments of both tenants at their rates, while the slow clients and TCP's buffers are looked at."""
    kernel, loop = 0, asyncio.get_running_loop()
    busy, calm = tenants
    intervals = [(busy.id, PUBLISHERS / chosen.rate)] * PUBLISHERS + [(calm.id, 10 / chosen.rate)]
    with ProcessPoolExecutor(len(intervals), get_context("spawn")) as pool:
        paying = asyncio.gather(
            *(
                loop.run_in_executor(pool, load.pay, tenant_id, round(chosen.seconds / interval), interval)
                for tenant_id, interval in intervals
            )
        )
        while not paying.done():
            for client in slow:
                client.look()
            kernel = max(kernel, _kernel_mb())
            await asyncio.sleep(LOOK_SECONDS)
    return kernel


def _kernel_mb() -> int:
    """What is sent and not read yet is in the sender's socket first, and in no process's memory."""
    pages = Path("/proc/net/sockstat").read_text().split("TCP:")[1].split("mem ")[1].split()[0]
    return int(pages) * os.sysconf("SC_PAGE_SIZE") // 2**20


def _report_healthy(healthy: list[HealthyClient]) -> None:
    recorded: dict[UUID, dict[str, float]] = {}
    for tenant_id, delivery_id, at in Delivery.objects.values_list("tenant_id", "id", "delivered_at"):
        if at:
            recorded.setdefault(tenant_id, {})[str(delivery_id)] = at.timestamp()
    for name, clients in (("the same tenant", healthy[::2]), ("another tenant", healthy[1::2])):
        waited, lost = [], 0
        for client in clients:
            rows = recorded[client.tenant.id]
            lost += client.missing + len(rows.keys() - client.received.keys())
            waited += [(at - rows[delivery_id]) * 1000 for delivery_id, at in client.received.items()]
        sys.stdout.write(f"healthy of {name}: {len(waited)} rows to {len(clients)} clients, {lost} missing; ")
        sys.stdout.write(f"recorded to received: {describe(waited)}, max {max(waited):.0f} ms\n")


def report_slow(slow: list[SlowClient]) -> None:
    """Say how they ended, and end those that have not."""
    closed = [client.closed_after for client in slow if client.closed_after is not None]
    codes = Counter(
        "reset before its code" if client.code is None else str(client.code) for client in slow if client.look()
    )
    sys.stdout.write(f"slow: {len(closed)} of {len(slow)} closed")
    if closed:
        sys.stdout.write(f" after {min(closed):.1f} to {max(closed):.1f} s, median {median(closed):.1f}; {dict(codes)}")
    sys.stdout.write("\n")
    for client in slow:
        client.close()


if __name__ == "__main__":
    main()
