"""A listening feed client: counts what it is told until it is stopped, and prints it as one JSON line.

.venv/bin/python -m bench.feed_client URL TOKEN
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys

import orjson
import websockets


async def listen(url: str, token: str) -> dict[str, int]:
    """Rows and gaps until SIGTERM. Keys: `rows`, `dropped`, `missing` (in gaps), `frames`."""
    told = {"rows": 0, "dropped": 0, "missing": 0, "frames": 0}
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    headers = {"Authorization": f"Bearer {token}"}
    async with websockets.connect(url, additional_headers=headers, max_size=None, compression=None) as socket:
        await socket.recv()
        await socket.send('{"t":"sub","filter":{}}')
        sys.stdout.write("listening\n")
        sys.stdout.flush()
        reading = asyncio.create_task(_read(socket, told))
        await asyncio.wait([reading, asyncio.create_task(stopped.wait())], return_when=asyncio.FIRST_COMPLETED)
        reading.cancel()
    return told


async def _read(socket: websockets.ClientConnection, told: dict[str, int]) -> None:
    async for text in socket:
        message = orjson.loads(text)
        if message["t"] == "batch":
            told["frames"] += 1
            told["rows"] += message["n"]
            told["dropped"] += message["dropped"]
        elif message["t"] == "gap":
            told["missing"] += message["n"]
        else:
            continue
        await socket.send(json.dumps({"t": "ack", "to": message["to"]}))


if __name__ == "__main__":
    print(json.dumps(asyncio.run(listen(sys.argv[1], sys.argv[2]))))  # noqa: T201
