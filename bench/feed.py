"""How many feed clients a web process carries: 500 of ten tenants, 1,000 attempts/s in all, some clients slow.

    .venv/bin/python -m bench feed [--clients 500] [--rate 1000 …] [--seconds 30] [--web 1 2] [--slow 20] [--profile]

Each number of web processes with each rate, on tenants and processes of their own. A third of the clients filter: by
event family, by status 5xx, by subscription. Of the slow ones half never read and half read 2 kB/s; they are clients of
the first web process. Attempts are not made but recorded (`bench.recorded`). Said is how long rows took from recorded
to received, whether every healthy client got each matching row once or was told what it missed, how the slow ones were
closed, and what it cost. `--profile` samples the first web process with py-spy.
"""

from __future__ import annotations

import argparse
import sys
import time
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import httpx
import psutil
from django.conf import settings

from bench import feed_crowd, load, websocket
from bench.feed_crowd import Crowd, Heard, Member
from bench.recorded import Recorded, Watched, attempt, identity, record
from bench.slow_readers import SlowClient, report_slow
from bench.throughput import Bench, answers, cpu_seconds, describe, peak_mb, sample, samples, servers
from tenancy.models import Tenant
from tests.e2e.processes import Process, eventually
from tests.servers import free_port
from webhooks.models import Subscription
from webhooks.signals import RecordedAttempt

TENANTS = 10
SUBSCRIPTIONS = 5
CROWDS = 2  # processes of clients
SIP_BYTES = 200  # each time slow clients are looked at
LOOK_SECONDS = 0.1
# The feed closes what does not acknowledge after 30 s.
UNACKED_SECONDS = 45.0
PROFILE_LINES = 40

Matches = Callable[[RecordedAttempt], bool]


class Sipping(SlowClient):
    """Reads and acknowledges, far less than comes."""

    def __init__(self, url: httpx.URL, token: str) -> None:
        super().__init__(url, token)
        self._sipped = bytearray()
        self._socket.setblocking(False)

    def look(self) -> bool:
        """Takes a sip first."""
        try:
            self._sipped += self._socket.recv(SIP_BYTES)
            for opcode, payload in websocket.frames(self._sipped):
                self._answer(opcode, payload)
        except OSError:  # nothing there, or closed: the poll knows
            pass
        return super().look()

    def _answer(self, opcode: int, payload: bytes) -> None:
        if opcode == websocket.TEXT and payload.startswith(b'{"t":"batch"'):
            to = payload.partition(b'"to":')[2].partition(b",")[0]
            self._socket.sendall(websocket.masked(b'{"t":"ack","to":' + to + b"}"))
        elif opcode == websocket.CLOSE:
            self.code = websocket.close_code(payload)

    def _rest(self) -> bytearray:
        return self._sipped + super()._rest()


class Listening(NamedTuple):
    """A healthy client of the crowd, what it watches, and which rows it should get."""

    member: Member
    watched: Watched
    matches: Matches


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=500, help="in all, with the slow ones")
    parser.add_argument("--slow", type=int, default=20)
    parser.add_argument("--rate", type=float, nargs="+", default=[1000], help="attempts a second, of all tenants")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--web", type=int, nargs="+", default=[1, 2], help="web processes")
    parser.add_argument("--profile", action="store_true")
    chosen = parser.parse_args()
    for processes in chosen.web:
        for rate in chosen.rate:
            bench = Bench()
            try:
                with _more_web(bench, processes - 1) as more:
                    run(bench, more, rate, chosen)
            finally:
                bench.stop()


@contextmanager
def _more_web(bench: Bench, count: int) -> Iterator[list[tuple[str, Process]]]:
    """So many more web processes: where their feeds are, and they."""
    started = []
    try:
        for _ in range(count):
            port = free_port()
            started.append((f"ws://127.0.0.1:{port}/ws/v1/feed", bench.procfile("web", PORT=str(port))))
            eventually(lambda port=port: answers(f"http://127.0.0.1:{port}/readyz"), "it answers")  # type: ignore[misc]
        yield started
    finally:
        for _, process in started:
            process.kill()


def run(bench: Bench, more: list[tuple[str, Process]], rate: float, chosen: argparse.Namespace) -> None:
    urls = [httpx.URL(url) for url in (bench.feed_url, *(url for url, _ in more))]
    web = [bench.web.popen.pid, *(process.popen.pid for _, process in more)]
    tenants = [load.make_tenant([bench.url(str(number)) for number in range(SUBSCRIPTIONS)]) for _ in range(TENANTS)]
    watched = [watched_of(number, tenant) for number, tenant in enumerate(tenants, 1)]
    before = [psutil.Process(pid).memory_info().rss // 2**20 for pid in web]
    healthy = list(_healthy(urls, tenants, watched, chosen.clients - chosen.slow))
    crowds = [spawn(feed_crowd.listen, [each.member for each in healthy[n::CROWDS]]) for n in range(CROWDS)]
    recorder = spawn(record, watched, rate, chosen.seconds)
    for pipe in (*crowds, recorder):
        pipe.recv()
    slow = _open_slow(urls[0], tenants, chosen.slow)
    sampled = sample(web[0]) if chosen.profile else None
    spent, begun = _cpu(web), time.monotonic()
    recorder.send("go")
    while not recorder.poll(LOOK_SECONDS):
        _look(slow)
    recorded: Recorded = recorder.recv()
    seconds = time.monotonic() - begun
    spent = {name: after - spent[name] for name, after in _cpu(web).items()}
    profiled = samples(sampled) if sampled else {}
    heard = _end(crowds)
    while _look(slow) and time.monotonic() < begun + UNACKED_SECONDS:
        time.sleep(LOOK_SECONDS)
    say(f"\n{len(web)} web, {rate:.0f} attempts/s for {chosen.seconds:.0f} s, {len(healthy)} healthy clients")
    _report_healthy(healthy, heard, recorded, seconds)
    _report_cost(spent, recorded, heard, seconds)
    memory = (f"{then} MB before, at most {peak_mb(pid)}" for then, pid in zip(before, web, strict=True))
    say("memory of web: " + "; ".join(memory))
    report_slow(slow)
    _report_profile(profiled)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def watched_of(number: int, tenant: Tenant) -> Watched:
    """The tenant as the recorder takes it."""
    ids = Subscription.objects.filter(tenant_id=tenant.id).order_by("id").values_list("id", flat=True)
    return Watched(number, tenant.id, tuple(ids))


def _healthy(urls: list[httpx.URL], tenants: list[Tenant], watched: list[Watched], count: int) -> Iterator[Listening]:
    """Spread over web processes and tenants, two of three without a filter."""
    tokens = [_tokens(tenant) for tenant in tenants]
    for number in range(count):
        of, turn = number % len(tenants), number // len(tenants)
        url = urls[turn % len(urls)]
        wire, matches = _filter(watched[of], turn // len(urls))
        member = Member(url.host, url.port or 80, url.path, next(tokens[of]), wire)
        yield Listening(member, watched[of], matches)


def _filter(watched: Watched, turn: int) -> tuple[dict[str, Any], Matches]:
    """By turns; what it means is said here again, so that it is not the feed that says what the feed should send."""
    one = watched.subscriptions[turn % len(watched.subscriptions)]
    kinds: list[tuple[dict[str, Any], Matches]] = [
        ({"event": ["invoice.*"]}, lambda attempt: attempt.event.startswith("invoice.")),
        ({"code": ["5xx"]}, lambda attempt: (attempt.http_status or 0) >= 500),
        ({"subscription": [str(one)]}, lambda attempt: attempt.subscription_id == one),
    ]
    return kinds[turn // 3 % len(kinds)] if turn % 3 == 0 else ({}, lambda attempt: True)


def _tokens(tenant: Tenant) -> Iterator[str]:
    """Each as often as one may be used."""
    while True:
        yield from [load.token_of(tenant)] * settings.FEED_SOCKETS_PER_CALLER


def _open_slow(url: httpx.URL, tenants: list[Tenant], count: int) -> list[SlowClient]:
    kinds = (SlowClient, Sipping)
    return [
        kinds[number // len(tenants) % len(kinds)](url, load.token_of(tenants[number % len(tenants)]))
        for number in range(count)
    ]


def _look(slow: list[SlowClient]) -> bool:
    """Whether any of them is still open."""
    return bool([client for client in slow if not client.look()])


def spawn(target: Callable[..., None], *args: Any) -> Connection:
    """A process of its own; it and we each have an end of the pipe."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    context.Process(target=target, args=(theirs, *args), daemon=True).start()
    theirs.close()
    return ours


def _cpu(web: list[int]) -> dict[str, float]:
    return cpu_seconds({f"web {number}": [pid] for number, pid in enumerate(web, 1)} | servers())


def _end(crowds: list[Connection]) -> list[Crowd]:
    for pipe in crowds:
        pipe.send("enough")
    return [pipe.recv() for pipe in crowds]


def _report_healthy(healthy: list[Listening], crowds: list[Crowd], recorded: Recorded, seconds: float) -> None:
    expected: dict[tuple[int, str], set[int]] = {}
    waited, complete, told, faults = array("d"), 0, 0, []
    heard_by = [(healthy[n :: len(crowds)], crowd.heard) for n, crowd in enumerate(crowds)]
    for client, heard in chain.from_iterable(zip(*pair, strict=True) for pair in heard_by):
        key = (client.watched.number, str(client.member.filter))
        if key not in expected:
            expected[key] = _expected(client, recorded.attempts)
        waited += heard.waited
        missing = len(expected[key].difference(heard.identities))
        complete += not missing
        told += 0 < missing <= heard.dropped + heard.gaps
        if fault := _fault(heard, expected[key], missing):
            faults.append(fault)
    frames = sum(heard.frames for crowd in crowds for heard in crowd.heard)
    say(f"recorded to received: {describe(waited)}, max {max(waited):.0f} ms")
    say(f"to healthy clients: {len(waited) / seconds:,.0f} rows/s in {frames / seconds:,.0f} frames/s")
    say(f"every matching row once: {complete} of {len(healthy)} clients; told what they missed: {told}")
    for fault, count in Counter(faults).most_common(5):
        say(f"FAULT at {count} clients: {fault}")


def _expected(client: Listening, attempts: int) -> set[int]:
    made = ((number, attempt(client.watched, number, 0)) for number in range(attempts))
    return {identity(client.watched, number) for number, each in made if client.matches(each)}


def _fault(heard: Heard, expected: set[int], missing: int) -> str:
    """What a healthy client can complain of; empty for nothing. What it was shed counts only what matched; a gap counts
    all attempts in it."""
    complaints = {
        "rows that do not match": len(set(heard.identities) - expected),
        "rows twice": len(heard.identities) - len(set(heard.identities)),
        "frames that do not follow": heard.breaks,
        "rows missing and not told": max(0, missing - heard.dropped - heard.gaps),
        "closed with": heard.code or 0,
    }
    return ", ".join(f"{what} {count}" for what, count in complaints.items() if count)


def _report_cost(spent: dict[str, float], recorded: Recorded, crowds: list[Crowd], seconds: float) -> None:
    shares = ", ".join(f"{name} {100 * cpu / seconds:.0f}" for name, cpu in spent.items())
    clients = ", ".join(f"{100 * crowd.cpu_seconds / seconds:.0f}" for crowd in crowds)
    say(f"% of a core: {shares}, recorder {100 * recorded.cpu_seconds / seconds:.0f}, clients {clients}")
    late = ", ".join(f"{crowd.late_ms:.0f}" for crowd in crowds)
    behind = 1000 * recorded.late_seconds
    say(f"late at most: recorder {behind:.0f} ms, clients {late} ms; never logged: {recorded.lost}")


def _report_profile(profiled: dict[str, int]) -> None:
    """Lines that were on the stack in most samples, and those that were innermost in most."""
    total = sum(profiled.values()) or 1
    inside: Counter[str] = Counter()
    own: Counter[str] = Counter()
    for stack, seen in profiled.items():
        lines = stack.split(";")
        own[lines[-1]] += seen
        inside.update(dict.fromkeys(lines, seen))
    for what, counted in (("in it or what it calls", inside), ("in it", own)):
        for line, seen in counted.most_common(PROFILE_LINES if profiled else 0):
            say(f"{100 * seen / total:5.1f} % {what}: {line}")


if __name__ == "__main__":
    main()
