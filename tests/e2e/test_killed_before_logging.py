"""A worker is killed after it recorded attempts and before the feed's log had them: the feed says how many."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from websockets.sync.client import ClientConnection

from tests.conftest import RecordingReceiver
from tests.e2e.conftest import Program, next_frame
from tests.e2e.processes import Production, eventually
from tests.servers import PostgreSQL, Redis, running

LOGGED, UNLOGGED = 10, 30


@pytest.fixture
def feed_redis() -> Iterator[Redis]:
    with running(Redis) as server:
        yield server
        server.send(signal.SIGCONT)


@pytest.fixture
def system(tmp_path: Path, postgresql: PostgreSQL, redis_server: Redis, feed_redis: Redis) -> Iterator[Production]:
    made = Production(tmp_path / "var", postgresql, redis_server, FEED_REDIS_URL=feed_redis.url)
    yield made
    made.stop()


class Told:
    """What a client was told: rows, and attempts of gaps."""

    def __init__(self, socket: ClientConnection) -> None:
        self.rows = self.unlogged = self.cursor = 0
        self._socket = socket
        next_frame(socket, "hello")
        socket.send('{"t":"sub"}')

    def until(self, attempts: int) -> None:
        while self.rows + self.unlogged < attempts:
            frame = json.loads(self._socket.recv(timeout=60))
            assert frame["t"] != "reset"
            if frame["t"] in ("batch", "gap"):
                assert frame["from"] == self.cursor + 1
                self.cursor = frame["to"]
                self._socket.send(json.dumps({"t": "ack", "to": self.cursor}))
            if frame["t"] == "batch":
                self.rows += frame["n"]
            if frame["t"] == "gap":
                assert frame["reason"] == "unlogged"
                self.unlogged += frame["n"]


def recorded(system: Production) -> int:
    with psycopg.connect(system.environment["DATABASE_URL"], options="-c app.all_tenants=on") as connection:
        return connection.execute("SELECT count(*) FROM webhook_attempts").fetchone()[0]


def grow_old(system: Production) -> None:
    """As if nobody had touched the journal for a minute."""
    with psycopg.connect(system.environment["DATABASE_URL"]) as connection:
        connection.execute("UPDATE webhook_feed_journal SET touched_at = touched_at - interval '2 minutes'")


def test_client_is_told_every_attempt_or_how_many_it_was_not(
    system: Production, program: Program, feed_redis: Redis, receiver: RecordingReceiver
) -> None:
    program.subscribe(receiver.url("/ok"))
    with program.feed() as socket:
        told = Told(socket)
        for _ in range(LOGGED):
            program.pay()
        told.until(LOGGED)
        feed_redis.send(signal.SIGSTOP)
        for _ in range(UNLOGGED):
            program.pay()
        eventually(lambda: recorded(system) == LOGGED + UNLOGGED, "all attempts are recorded")
        system.kill_worker()
        grow_old(system)
        feed_redis.send(signal.SIGCONT)
        system.start_worker()
        told.until(LOGGED + UNLOGGED)
    assert told.unlogged > 0
    assert told.rows + told.unlogged == recorded(system)
    assert recorded(system) == LOGGED + UNLOGGED
