"""A receiver that is not the bottleneck: one asyncio protocol that answers as soon as a request's body is in.

    .venv/bin/python -m bench.receiver PORT

`POST /hang…` is never answered, any other POST at once with 200, except that of `/retry/…` one event in sixteen is
answered with 500 three times. `GET /count` says how many POSTs were answered with 200, `GET /times` each of them as
`RECEIVED`: the `webhook-id`, when it came (seconds since the epoch), and the number its path ends with (`/17`), or 0.
"""

from __future__ import annotations

import asyncio
import struct
import sys
import time
from uuid import UUID

import uvloop

RECEIVED = struct.Struct("=16sdI")
FAILED = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Receiver(asyncio.Protocol):
    """One connection. `received` is shared by all of them."""

    received: list[tuple[bytes, float, int]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._unread = b""

    def data_received(self, data: bytes) -> None:
        self._unread += data
        while (end := self._unread.find(b"\r\n\r\n")) >= 0:
            head = self._unread[:end].lower()
            length = int(_header(head, b"content-length") or 0)
            if len(self._unread) < end + 4 + length:
                return
            self._unread = self._unread[end + 4 + length :]
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        write = self._transport.write  # type: ignore[attr-defined]
        if head.startswith(b"get /count"):
            write(_ok(str(len(self.received)).encode()))
        elif head.startswith(b"get /times"):
            entries = (RECEIVED.pack(UUID(text.decode()).bytes, at, path) for text, at, path in self.received)
            write(_ok(b"".join(entries)))
        elif not head.startswith(b"post /hang"):
            path = head.split(b" ", 2)[1]
            event = _header(head, b"webhook-id")
            if path.startswith(b"/retry/") and event.endswith(b"0") and int(_header(head, b"x-attempt")) <= 3:
                write(FAILED)
                return
            end = path.rpartition(b"/")[2]
            self.received.append((event, time.time(), int(end) if end.isdigit() else 0))
            write(OK)


def _header(head: bytes, name: bytes) -> bytes:
    start = head.find(b"\r\n" + name + b": ")
    if start < 0:
        return b""
    start += len(name) + 4
    end = head.find(b"\r\n", start)
    return head[start:] if end < 0 else head[start:end]


def _ok(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Receiver, "127.0.0.1", int(sys.argv[1]), backlog=4096)
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
