"""Nothing is lost when a process, Redis or PostgreSQL dies under load.

Real processes, an outage in the middle of it, and every request counted at the receiver by endpoint and `webhook-id`.
`make chaos` runs the same with more load and says what it saw; how long recovery takes is its to say, not a test's.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress

import httpx
import pytest

from tests.conftest import RecordingReceiver
from tests.e2e.conftest import Program
from tests.e2e.processes import PATIENCE, Process, Production, eventually
from tests.servers import PostgreSQL, Redis, Server

ENDPOINTS = ("/ok", "/created", "/another")
# Fails now and then, so that retries wait when the outage strikes, and some deliveries end FAILED.
UNSTEADY, UNSTEADY_SCHEDULE = "/unsteady", [0.5, 0.5]
# Seconds. Short, so that a lease (the timeout and ten seconds) runs out while the test watches.
TIMEOUT = 2
FROZEN = TIMEOUT + 10 + 2
WAITING = "PENDING,DELIVERING,RETRYING"


class Outage:
    """A kind of outage; `duplicates` says whether a receiver may see something twice."""

    duplicates = True

    def __init__(self, system: Production, workers: list[Process], postgresql: PostgreSQL, redis: Redis) -> None:
        self.system = system
        self.workers = workers
        self.postgresql = postgresql
        self.redis = redis

    def strike(self) -> None:
        raise NotImplementedError

    def start_worker(self) -> None:
        worker = self.system.run("worker")
        worker.wait_for("worker_started")
        self.workers.append(worker)


class WorkerKilled(Outage):
    def strike(self) -> None:
        self.workers.pop(0).kill()
        self.start_worker()


class AllWorkersKilled(Outage):
    def strike(self) -> None:
        count = len(self.workers)
        while self.workers:
            self.workers.pop().kill()
        for _ in range(count):
            self.start_worker()


class WorkerStopped(Outage):
    """SIGTERM: it drains, so nothing comes twice."""

    duplicates = False

    def strike(self) -> None:
        assert self.workers.pop(0).stop() == 0
        self.start_worker()


class WorkerFrozen(Outage):
    """Beyond its leases, as a paused virtual machine is; then it goes on with what it had."""

    def strike(self) -> None:
        frozen = self.workers[0].popen
        frozen.send_signal(signal.SIGSTOP)
        time.sleep(FROZEN)
        frozen.send_signal(signal.SIGCONT)


class RedisRestarted(Outage):
    """With an empty memory."""

    duplicates = False

    def strike(self) -> None:
        _restart(self.redis)


class PostgreSQLRestarted(Outage):
    def strike(self) -> None:
        _restart(self.postgresql)


OUTAGES = (WorkerKilled, WorkerStopped, WorkerFrozen, RedisRestarted, PostgreSQLRestarted)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """With --chaos, what takes long and teaches little more, too."""
    if "kind" in metafunc.fixturenames:
        chaos = metafunc.config.getoption("--chaos")
        metafunc.parametrize("kind", [*OUTAGES, AllWorkersKilled] if chaos else OUTAGES)


def _restart(server: Server) -> None:
    server.kill()
    server.start()


@pytest.fixture(scope="module")
def workers() -> list[Process]:
    return []


@pytest.fixture(scope="module")
def system(
    tmp_path_factory: pytest.TempPathFactory, postgresql: PostgreSQL, redis_server: Redis, workers: list[Process]
) -> Iterator[Production]:
    """With two workers. All outages happen to the same one, each to a tenant of its own."""
    folder = tmp_path_factory.mktemp("installation")
    system = Production(folder, postgresql, redis_server, WEBHOOK_TIMEOUT=str(TIMEOUT), API_RATE_LIMIT="0")
    system.start()
    workers.append(system.worker)
    second = system.run("worker")
    second.wait_for("worker_started")
    workers.append(second)
    yield system
    for worker in workers:
        assert worker.stop() == 0
    system.web.stop()


@pytest.fixture
def load(request: pytest.FixtureRequest) -> tuple[int, int]:
    """Events, and how many of them a second."""
    return (6000, 200) if request.config.getoption("--chaos") else (600, 150)


@pytest.fixture
def report(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Prints a line in `make chaos`."""

    def write(line: str) -> None:
        if request.config.getoption("--chaos"):
            with capsys.disabled():
                sys.stdout.write(f"\n{line}\n")

    return write


@pytest.mark.timeout(600)
def test_every_event_reaches_every_endpoint(
    system: Production,
    workers: list[Process],
    receiver: RecordingReceiver,
    postgresql: PostgreSQL,
    redis_server: Redis,
    load: tuple[int, int],
    kind: type[Outage],
    report: Callable[[str], None],
) -> None:
    events, rate = load
    with Program(system, kind.__name__) as program:
        for path in ENDPOINTS:
            program.subscribe(receiver.url(path), event="*")
        unsteady = program.subscribe(receiver.url(UNSTEADY), event="*", retry_schedule=UNSTEADY_SCHEDULE)["id"]
        command = ["python", "manage.py", "simulate_erp", "--rate", str(rate), "--events", str(events)]
        simulation = Process([*command, "--tenant", program.slug], system.environment)
        eventually(lambda: len(receiver.requests) > events / 2, "deliveries are under way")
        kind(system, workers, postgresql, redis_server).strike()
        struck = time.monotonic()
        totals = json.loads(simulation.wait_for(r'^\{"events".*\}$')[0])
        simulation.popen.wait(PATIENCE)
        assert totals["events"] == events
        eventually(lambda: len(_seen(receiver)) >= events * len(ENDPOINTS), "every event arrives everywhere")
        eventually(
            lambda: not program.get("/webhooks/deliveries", status=WAITING)["items"], "every delivery is recorded"
        )
        seen = _seen(receiver)
        assert set(Counter(path for path, _ in seen).values()) == {events}
        failed = program.get("/webhooks/deliveries", status="FAILED", limit="200")["items"]
        assert {item["subscription_id"] for item in failed} <= {unsteady}
        assert all(item["attempt_count"] > len(UNSTEADY_SCHEDULE) for item in failed)
        accepted = {request.id for request in receiver.requests if request.path == UNSTEADY and request.status == 200}
        refused = {request.id for request in receiver.requests if request.path == UNSTEADY} - accepted
        assert (len(accepted) + len(refused), refused - {item["event_id"] for item in failed}) == (events, set())
        duplicates = sum(seen.values()) - len(seen)
        # At most what two workers had in flight.
        assert duplicates <= (2 * 300 if kind.duplicates else 0)
        seconds = time.monotonic() - struck
        report(
            f"{kind.__name__}: {len(seen) + events} deliveries, 0 lost, {len(failed)} failed by their schedule, "
            f"{duplicates} twice, all done {seconds:.0f} s later"
        )


def _seen(receiver: RecordingReceiver) -> Counter[tuple[str, str | None]]:
    """How often each event came to each endpoint that always accepts it."""
    return Counter((request.path, request.id) for request in receiver.requests if request.path in ENDPOINTS)


@pytest.mark.timeout(600)
def test_what_the_api_accepted_is_delivered_when_the_web_process_dies(
    system: Production, receiver: RecordingReceiver
) -> None:
    with Program(system, "Web") as program:
        program.subscribe(receiver.url("/ok"), event="payment.received")
        accepted: list[str] = []
        with suppress(httpx.TransportError):
            while len(accepted) < 1000:
                accepted.append(program.pay()["id"])
                if len(accepted) == 50:
                    system.web.kill()
        assert 50 <= len(accepted) < 1000
        eventually(
            lambda: set(accepted) <= {json.loads(request.body)["data"]["id"] for request in receiver.requests},
            "every accepted payment arrives",
        )
    system.web = system.run("web")
    eventually(system.answers, "the web process answers")
