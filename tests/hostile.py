"""Receivers that misbehave, on raw sockets: each does on a connection what its test says, and counts what it gets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

Handler = Callable[["Exchange"], Awaitable[None]]


@dataclass
class Exchange:
    """One request on a connection: its head and body, and the writer to answer with."""

    head: str
    body: bytes
    writer: asyncio.StreamWriter
    number: int  # of the request at this receiver, from 1

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, status: str = "200 OK", body: bytes = b"ok", *headers: str) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
        await self.send("\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body)


@dataclass
class Receiver:
    """A running receiver: where it listens and what it got."""

    url: str = ""
    requests: list[Exchange] = field(default_factory=list)
    connections: int = 0


def flood(start: bytes, more: bytes) -> Handler:
    """A handler that sends `start`, then `more` for ever, as fast as it is taken."""
    block = more * (262_144 // len(more))

    async def handle(exchange: Exchange) -> None:
        await exchange.send(start)
        while True:
            await exchange.send(block)

    return handle


@asynccontextmanager
async def receiver(
    handler: Handler, tls: object = None, *, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[Receiver]:
    """Listen on loopback and give each request to `handler`; a connection ends when the handler closes it."""
    state = Receiver()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        state.connections += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while not writer.is_closing():
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                length = next(
                    (
                        int(line.split(":")[1])
                        for line in head.split("\r\n")
                        if line.lower().startswith("content-length:")
                    ),
                    0,
                )
                exchange = Exchange(head, await reader.readexactly(length), writer, len(state.requests) + 1)
                state.requests.append(exchange)
                await handler(exchange)
        writer.close()

    server = await asyncio.start_server(serve, host, port, ssl=tls)  # type: ignore[arg-type]
    state.url = f"{'https' if tls else 'http'}://{host}:{server.sockets[0].getsockname()[1]}/hook"
    try:
        yield state
    finally:
        server.close()
