"""Many listening feed clients in one process, cheap enough not to be what is measured. They acknowledge like the page:
each second, or 1,000 rows.
"""

from __future__ import annotations

import asyncio
import time
from array import array
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import orjson
import uvloop

from bench import websocket

ACK_SECONDS = 1.0
ACK_ROWS = 1_000
OPENING_AT_ONCE = 20
OPENING_SECONDS = 30.0
LOOK_SECONDS = 0.02
# So long without a row means that all have come.
QUIET_SECONDS = 3.0


class Member(NamedTuple):
    """Where a client connects, and what it asks for."""

    host: str
    port: int
    path: str
    token: str
    filter: dict[str, Any]


class Heard(NamedTuple):
    """What came to a client: identities of rows (see `bench.recorded`) and how many ms after they were recorded, in
    order; rows that it was told it would not get; frames that did not go on where the one before ended."""

    identities: array[int]
    waited: array[float]
    frames: int
    dropped: int
    gaps: int
    breaks: int
    code: int | None


class Crowd(NamedTuple):
    """What all of them heard; CPU time of the process, and by how many ms its event loop was ever late."""

    heard: list[Heard]
    cpu_seconds: float
    late_ms: float


class Client(asyncio.Protocol):
    """`listening` is set as soon as rows may come."""

    def __init__(self, member: Member) -> None:
        self._member = member
        self._received = bytearray()
        self._accepted = False
        # A transport, of uvloop's classes or asyncio's.
        self._transport: Any = None
        self.listening = asyncio.get_running_loop().create_future()
        self._identities, self._waited = array("q"), array("d")
        self._frames = self._dropped = self._gaps = self._breaks = 0
        self._code: int | None = None
        self._last = self._acknowledged = self._rows = 0
        self._acknowledged_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        host = f"{self._member.host}:{self._member.port}"
        self._transport.write(websocket.request(host, self._member.path, self._member.token))

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._accepted:
            head, found, _ = self._received.partition(b"\r\n\r\n")
            if not found:
                return
            if not head.startswith(websocket.ACCEPTED):
                self.listening.set_exception(RuntimeError(head.decode()))
                return
            self._accepted = True
            del self._received[: len(head) + len(found)]
        for opcode, payload in websocket.frames(self._received):
            if opcode == websocket.TEXT:
                self._take(orjson.loads(payload))
            elif opcode == websocket.PING:
                self._transport.write(websocket.masked(payload, websocket.PONG))
            elif opcode == websocket.CLOSE:
                self._code = websocket.close_code(payload)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.listening.done():
            self.listening.set_exception(RuntimeError(f"closed with {self._code} before it listened: {exc!r}"))

    def heard(self) -> Heard:
        """What there was until now."""
        told = (self._frames, self._dropped, self._gaps, self._breaks, self._code)
        return Heard(self._identities, self._waited, *told)

    def acknowledge(self) -> None:
        """What has come and was not acknowledged yet."""
        if self._last > self._acknowledged:
            self._acknowledged, self._rows = self._last, 0
            self._transport.write(websocket.masked(b'{"t":"ack","to":%d}' % self._last))

    def close(self) -> None:
        """End the connection."""
        self._transport.abort()

    def _take(self, message: dict[str, Any]) -> None:
        kind = message["t"]
        if kind == "batch":
            self._batch(message)
        elif kind == "gap":
            self._gaps += message["n"]
            self._follow(message)
        elif kind == "hello":
            fields = message["fields"]
            self._columns = [fields.index(name) for name in ("delivery_id", "started_at", "duration_ms")]
            self._last = message["head"]
            self._transport.write(websocket.masked(orjson.dumps({"t": "sub", "filter": self._member.filter})))
            self.listening.set_result(None)

    def _batch(self, message: dict[str, Any]) -> None:
        now = 1000 * time.time()
        delivery, started, duration = self._columns
        for row in message["r"]:
            self._identities.append(int(row[delivery][-12:], 16))
            self._waited.append(now - row[started] - row[duration])
        self._frames += 1
        self._rows += message["n"]
        self._dropped += message["dropped"]
        self._follow(message)
        if self._rows >= ACK_ROWS:
            self.acknowledge()

    def _follow(self, message: dict[str, Any]) -> None:
        self._breaks += message["from"] != self._last + 1
        self._last = message["to"]


def listen(pipe: Connection, members: list[Member]) -> None:
    """Say that all listen, wait for a word that no more is recorded, and send a `Crowd` once no more comes."""
    uvloop.run(_listen(pipe, members))


async def _listen(pipe: Connection, members: list[Member]) -> None:
    loop = asyncio.get_running_loop()
    clients: list[Client] = []
    for start in range(0, len(members), OPENING_AT_ONCE):
        some = members[start : start + OPENING_AT_ONCE]
        opened = [await loop.create_connection(lambda m=m: Client(m), m.host, m.port) for m in some]  # type: ignore[misc]
        async with asyncio.timeout(OPENING_SECONDS):
            await asyncio.gather(*(client.listening for _, client in opened))
        clients += [client for _, client in opened]
    acknowledging = asyncio.create_task(_acknowledge(clients))
    cpu = time.process_time()
    looking = asyncio.create_task(_look())
    pipe.send("listening")
    await asyncio.to_thread(pipe.recv)
    looking.cancel()
    spent = time.process_time() - cpu
    await _quiet(clients)
    acknowledging.cancel()
    for client in clients:
        client.close()
    pipe.send(Crowd([client.heard() for client in clients], spent, await looking))


async def _quiet(clients: list[Client]) -> None:
    before = -1
    while before != (now := sum(client.heard().frames for client in clients)):
        before = now
        await asyncio.sleep(QUIET_SECONDS)


async def _acknowledge(clients: list[Client]) -> None:
    """Each once a second, spread over it, as people open their pages."""
    while True:
        begun = time.monotonic()
        for number, client in enumerate(clients):
            await asyncio.sleep(begun + number / len(clients) * ACK_SECONDS - time.monotonic())
            client.acknowledge()
        await asyncio.sleep(begun + ACK_SECONDS - time.monotonic())


async def _look() -> float:
    """By how many ms the event loop was late at most, until cancelled."""
    most = 0.0
    try:
        while True:
            asked = time.monotonic()
            await asyncio.sleep(LOOK_SECONDS)
            most = max(most, 1000 * (time.monotonic() - asked - LOOK_SECONDS))
    except asyncio.CancelledError:
        return most
