"""A listening feed client: counts what it is told until it is stopped, and prints it as one JSON line.

.venv/bin/python -m bench.feed_client URL TOKEN
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
import websockets


@asynccontextmanager
async def connected(url: str, token: str) -> AsyncIterator[websockets.ClientConnection]:
    """A socket that has subscribed to everything from now on."""
    headers = {"Authorization": f"Bearer {token}"}
    async with websockets.connect(url, additional_headers=headers, max_size=None, compression=None) as socket:
        await socket.recv()
        await socket.send('{"t":"sub","filter":{}}')
        yield socket


async def read(socket: websockets.ClientConnection, take: Callable[[dict[str, Any]], None]) -> None:
    """Give each batch and gap to `take` and acknowledge it, until the socket ends."""
    async for text in socket:
        message = orjson.loads(text)
        if message["t"] in ("batch", "gap"):
            take(message)
            await socket.send(json.dumps({"t": "ack", "to": message["to"]}))


async def listen(url: str, token: str) -> dict[str, int]:
    """Rows and gaps until SIGTERM. Keys: `rows`, `dropped`, `missing` (in gaps), `frames`."""
    told = {"rows": 0, "dropped": 0, "missing": 0, "frames": 0}

    def take(message: dict[str, Any]) -> None:
        if message["t"] == "batch":
            told["frames"] += 1
            told["rows"] += message["n"]
            told["dropped"] += message["dropped"]
        else:
            told["missing"] += message["n"]

    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    async with connected(url, token) as socket:
        sys.stdout.write("listening\n")
        sys.stdout.flush()
        reading = asyncio.create_task(read(socket, take))
        await asyncio.wait([reading, asyncio.create_task(stopped.wait())], return_when=asyncio.FIRST_COMPLETED)
        reading.cancel()
    return told


if __name__ == "__main__":
    print(json.dumps(asyncio.run(listen(sys.argv[1], sys.argv[2]))))  # noqa: T201
