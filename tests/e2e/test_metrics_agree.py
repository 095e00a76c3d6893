"""What several processes tell Prometheus, against what the database has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
import redis
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import RecordingReceiver
from tests.e2e.conftest import Program
from tests.e2e.processes import Process, Production, eventually
from tests.servers import PostgreSQL, Redis, free_port

PAYMENTS = 40


class Fleet:
    """Two web processes and three workers: on one host, or each on a host of its own."""

    def __init__(self, system: Production, folder: Path, backend: str) -> None:
        self.system = system
        self.ports = [system.port, free_port()]
        self._folder, self._backend = folder, backend
        system.environment["METRICS_BACKEND"] = backend
        system.start()
        self.others = [self._more("web", PORT=str(self.ports[1])), self._more("worker"), self._more("worker")]
        for worker in self.others[1:]:
            worker.wait_for("worker_started")

    def _more(self, entry: str, **environment: str) -> Process:
        own = dict(self.system.environment)
        if self._backend == "redis":
            own["DATA_DIR"] = str(self._folder / f"host-{free_port()}")
        command = ["sh", "-c", "exec " + self.system.procfile[entry]]
        return Process(command, {**own, **environment})

    def stop(self) -> None:
        for process in self.others:
            process.stop()
        self.system.stop()

    def told(self, port: int) -> dict[tuple[str, str], float]:
        """By name and the values of the labels."""
        text = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text
        return {
            (sample.name, " ".join(sample.labels.values())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }


@pytest.fixture(params=["files", "redis"])
def fleet(
    request: pytest.FixtureRequest, tmp_path: Path, postgresql: PostgreSQL, redis_server: Redis
) -> Iterator[Fleet]:
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    system = Production(tmp_path / "var", postgresql, redis_server, WEBHOOK_CIRCUIT_BREAKER="0")
    made = Fleet(system, tmp_path, request.param)
    yield made
    made.stop()


def test_two_web_processes_and_three_workers_tell_what_the_database_has(
    fleet: Fleet, receiver: RecordingReceiver
) -> None:
    with Program(fleet.system) as program:
        program.subscribe(receiver.url("/created"))
        program.subscribe("http://127.0.0.1:1/", retry_schedule=[0.1])
        for _ in range(PAYMENTS // 2):
            program.pay()
        # One ends in order and another begins in its place: nothing it counted is lost.
        fleet.system.restart_worker()
        for _ in range(PAYMENTS // 2):
            program.pay()
        waiting = "PENDING,RETRYING,DELIVERING"
        eventually(lambda: not program.get("/webhooks/deliveries", status=waiting, limit="1")["items"], "all end")
    with psycopg.connect(fleet.system.environment["DATABASE_URL"], options="-c app.all_tenants=on") as database:
        attempts = dict(database.execute("SELECT outcome, count(*) FROM webhook_attempts GROUP BY 1").fetchall())
        ends = dict(database.execute("SELECT status, count(*) FROM webhook_deliveries GROUP BY 1").fetchall())
    wanted = {
        ("webhook_deliveries_total", "payment.received success"): attempts["success"],
        ("webhook_deliveries_total", "payment.received failed"): attempts["connection"],
        ("webhook_delivery_http_status_total", "none"): attempts["connection"],
        ("webhook_delivery_duration_seconds_count", "success"): attempts["success"],
        ("webhook_deliveries_finished_total", "delivered"): ends["DELIVERED"],
        ("webhook_deliveries_finished_total", "failed"): ends.get("FAILED", 0),
        ("webhook_first_attempt_delay_seconds_count", ""): PAYMENTS * 2,
        ("webhook_database_up", ""): 1,
        ("webhook_workers", ""): 3,
        ("webhook_oldest_due_seconds", ""): 0,
    }
    for port in fleet.ports:
        eventually(lambda port=port: wanted.items() <= fleet.told(port).items(), f"port {port} tells {wanted}")
