"""Running the receiver: in the foreground until told to stop, or on a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable

import uvloop
from aiohttp import web

# Seconds for requests under way when the receiver stops.
GRACE = 1.0
BACKLOG = 1024


def listen(port: int) -> socket.socket:
    """A listening socket on 127.0.0.1; port 0 takes a free one. Raises OSError when the port is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


async def serve(app: web.Application, listener: socket.socket, stop: asyncio.Event) -> None:
    """Answer on `listener` until `stop` is set; requests under way get `GRACE` seconds."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=GRACE)
    await runner.setup()
    try:
        await web.SockSite(runner, listener, backlog=BACKLOG).start()
        await stop.wait()
    finally:
        await runner.cleanup()


class BackgroundReceiver:
    """A receiver on its own thread; a context manager. It accepts from its creation on, and answers once started.

    `make` builds the application, on that thread. `port` 0 takes a free one; a taken one raises OSError.
    """

    def __init__(self, make: Callable[[], web.Application], port: int = 0) -> None:
        self._make = make
        self._listener = listen(port)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, name="receiver", daemon=True)
        self._ready = threading.Event()

    @property
    def base(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """Finish requests under way, then close the port."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def __enter__(self) -> BackgroundReceiver:
        self.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._ready.set()
        await serve(self._make(), self._listener, self._stop)
