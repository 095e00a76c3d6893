"""Connections whose receivers cannot keep the event loop busy.

aiohttp bounds a line and the number of headers, but not how many `100 Continue`, empty lines or chunk extensions come
before, between and after the parts of an answer. It reads them as fast as they come, at the expense of every other
request in the process: 20 such receivers stopped the loop for more than a second, and no deadline can fire meanwhile.
"""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import RawResponseMessage
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.resolver import AsyncResolver
from aiohttp.streams import StreamReader

from webhooks.engine.exceptions import BlockedAddressError

# One read from a socket is up to 256 KB, which can hold ten thousand answers; so much of it is parsed before a look.
STEP = 4096
MAX_BESIDES_BODY = 65_536
MAX_INTERIM = 16


@dataclass(slots=True)
class Answer:
    """As much of an answer as has come."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    is_complete: bool = False


@dataclass(slots=True)
class Exchange:
    """What is learnt about one request on its way, deep inside the client."""

    reused: bool = False  # it went out on a kept-alive connection
    blocked: BlockedAddressError | None = None
    answer: Answer | None = None
    # Moments of time.perf_counter, and the seconds that resolving the name took; None where there was nothing of it.
    resolved: float | None = None
    dialled_at: float | None = None
    connected_at: float | None = None  # TLS included
    sent_at: float | None = None
    first_byte_at: float | None = None

    def timings(self) -> dict[str, int]:
        """Milliseconds of its parts, of those that there were."""
        seconds = {
            "dns_ms": self.resolved,
            "connect_ms": _between(self.dialled_at, self.connected_at),
            "first_byte_ms": _between(self.sent_at, self.first_byte_at),
        }
        return {name: round(value * 1000) for name, value in seconds.items() if value is not None}


def _between(begin: float | None, end: float | None) -> float | None:
    return None if begin is None or end is None else end - begin


# Set by whoever sends a request, in the task that does.
current_exchange: ContextVar[Exchange] = ContextVar("current_exchange")


class TimedResolver(AsyncResolver):
    """Says how long a name took. A name that is remembered takes nothing and is not asked for."""

    async def resolve(self, *args: Any, **options: Any) -> Any:
        begun = time.perf_counter()
        try:
            return await super().resolve(*args, **options)
        finally:
            if exchange := current_exchange.get(None):
                exchange.resolved = time.perf_counter() - begun


class BoundedConnector(aiohttp.TCPConnector):
    """A connector of `BoundedConnection`s."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        # Private, but the one seam there is. A test with a real socket tells when it moves.
        self._factory: Any = functools.partial(BoundedConnection, loop=self._loop)


class BoundedConnection(ResponseHandler):
    """Ends the connection when an answer is mostly something else than a body. Counts anew for each request.

    The body itself is not bounded here: whoever reads it stops, and what is not read is not received.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._received = 0
        self._interim = 0
        self._has_head = False
        self._requests = 0
        self._exchange = current_exchange.get(None)  # whose connection it is made for
        self._rest = b""  # came before the reader's pause took effect

    def set_response_params(self, **options: Any) -> None:
        """Called when a request takes the connection, before any of it is sent."""
        self._exchange = current_exchange.get(None)
        if self._exchange:
            self._exchange.reused = self._requests > 0
            self._exchange.sent_at, self._exchange.first_byte_at = time.perf_counter(), None
        self._requests += 1
        self._received = self._interim = 0
        self._has_head = False
        self._payload = None  # of the answer before, which may still be being read
        super().set_response_params(**options)

    def feed_data(self, data: tuple[RawResponseMessage, StreamReader], size: int = 0) -> None:
        """Called with each head that was parsed."""
        if 100 <= data[0].code < 200 and data[0].code != 101:  # 101 is final, the only one of its kind
            self._interim += 1
        else:
            self._has_head = True
        super().feed_data(data, size)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called when the connection stands, its TLS included."""
        if self._exchange:
            self._exchange.connected_at = time.perf_counter()
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Called with what a socket had, and with nothing to go on after a pause."""
        if self._exchange and self._exchange.first_byte_at is None:
            self._exchange.first_byte_at = time.perf_counter()
        data, self._rest = self._rest + data, b""
        start = 0
        while True:
            if self._reading_paused:
                self._rest = data[start:]
                return
            if data and (self._is_answered() or not self.is_connected()):
                self._abort()  # nobody asked for more, and it must not be taken for the answer to the next request
                return
            end = self._end_of_part(data, start)
            part = data[start:end]
            self._received += len(part)
            super().data_received(part)
            self._check()
            start = end
            if start >= len(data):
                return

    def _end_of_part(self, data: bytes, start: int) -> int:
        """A head is parsed alone: the parser would forget it over what is wrong behind it."""
        end = start + STEP
        if not self._has_head and (head := data.find(b"\r\n\r\n", start, end)) >= 0:
            return head + 4
        return end

    def connection_lost(self, exc: BaseException | None) -> None:
        """A broken answer is told from none at all: only a request without any may be sent again at once."""
        if self._received and not self._has_head and self._exception is None:
            self.set_exception(aiohttp.ClientPayloadError("the connection ended within the head of the answer"))
        super().connection_lost(exc)

    def _is_answered(self) -> bool:
        return self._has_head and (self._payload is None or self._payload.is_eof())

    def _check(self) -> None:
        if not self.is_connected():
            return
        body = self._payload.total_bytes if self._payload is not None else 0
        if self._interim > MAX_INTERIM:
            self._refuse(f"more than {MAX_INTERIM} interim answers")
        # The body thrice: chunks of a byte or two take more room for their sizes than for themselves.
        elif self._received > MAX_BESIDES_BODY + 3 * body:
            self._refuse(f"more than {MAX_BESIDES_BODY // 1024} KB besides the body")

    def _refuse(self, reason: str) -> None:
        self._buffer.clear()
        self.set_exception(HttpProcessingError(message=reason))
        if self._payload is not None:
            self._payload.set_exception(aiohttp.ClientPayloadError(reason))
            self._payload = None  # or the end of the connection puts another error in its place
        self._abort()

    def _abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()
