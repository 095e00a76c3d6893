"""Nothing is lost when a worker, Redis or PostgreSQL dies under load."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import RecordingReceiver
from tests.e2e.conftest import Program
from tests.e2e.processes import PATIENCE, Process, Production, eventually
from tests.servers import PostgreSQL, Redis, Server

EVENTS = 600


@pytest.fixture
def system(tmp_path: Path, postgresql: PostgreSQL, redis_server: Redis) -> Iterator[Production]:
    """With two workers."""
    system = Production(tmp_path / "var", postgresql, redis_server)
    system.start()
    second = system.run("worker")
    second.wait_for("worker_started")
    yield system
    assert second.stop() == 0
    system.stop()


def kill_a_worker(system: Production, _postgresql: PostgreSQL, _redis: Redis) -> None:
    system.restart_after_kill()


def restart_redis(_system: Production, _postgresql: PostgreSQL, redis: Redis) -> None:
    _restart(redis)


def restart_postgresql(_system: Production, postgresql: PostgreSQL, _redis: Redis) -> None:
    _restart(postgresql)


def _restart(server: Server) -> None:
    server.kill()
    server.start()


@pytest.mark.parametrize("outage", [kill_a_worker, restart_redis, restart_postgresql])
def test_every_event_is_delivered(
    system: Production, receiver: RecordingReceiver, postgresql: PostgreSQL, redis_server: Redis, outage: object
) -> None:
    with Program(system) as program:
        program.subscribe(receiver.url("/ok"), event="*")
        command = ["python", "manage.py", "simulate_erp", "--rate", "150", "--events", str(EVENTS)]
        simulation = Process([*command, "--tenant", program.slug], system.environment)
        eventually(lambda: len(receiver.requests) > EVENTS / 4, "deliveries are under way")
        outage(system, postgresql, redis_server)  # type: ignore[operator]
        totals = json.loads(simulation.wait_for(r'^\{"events".*\}$')[0])
        simulation.popen.wait(PATIENCE)
        assert totals["events"] == EVENTS
        eventually(lambda: len({request.id for request in receiver.requests}) >= EVENTS, "every event arrives")
        waiting = "PENDING,DELIVERING,RETRYING"
        eventually(
            lambda: not program.get("/webhooks/deliveries", status=waiting)["items"], "every delivery is recorded"
        )
        assert not program.get("/webhooks/deliveries", status="FAILED")["items"]
