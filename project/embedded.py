"""The embedded mode's one process: web server on the main thread, worker and demo beside it.

Daphne's event loop owns the in-memory channel layer and feed log, so the worker's feed is sent on that loop.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import socket
import sys
import threading
from collections.abc import Callable

import structlog
from daphne.server import Server, reactor
from django.conf import settings

from project.asgi import application
from project.demo import Demo
from project.processes import stop_on_signal
from project.worker_process import WorkerProcess

logger = structlog.get_logger(__name__)

ALIVE_CHECK_SECONDS = 1.0


def listen(port: int) -> socket.socket:
    """A listening socket on loopback only; `port` 0 takes a free one. Raises OSError when the port is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


class EmbeddedServer:
    """Web, worker and, when given, the demo. `on_ready` is called when everything is up."""

    def __init__(self, listener: socket.socket, demo: Demo | None, on_ready: Callable[[], None]) -> None:
        self._listener = listener
        self._demo = demo
        self._on_ready = on_ready
        self._exit_code = 0

    def run(self) -> int:
        """Serve until SIGTERM or SIGINT, drain, and return the exit code."""
        self._stop = stop_on_signal()
        server = Server(
            application=application,
            endpoints=[f"fd:fileno={self._listener.fileno()}"],
            signal_handlers=False,
            verbosity=0,
            server_name="delivery-monitor",
            application_close_timeout=2,
        )
        reactor.callWhenRunning(threading.Thread(target=self._supervise, name="supervisor").start)
        server.run()
        return self._exit_code

    def _supervise(self) -> None:
        """Everything that must not block the web server's loop."""
        try:
            with contextlib.ExitStack() as ending:
                self._start(ending)
                self._on_ready()
                self._wait()
        except Exception:
            logger.exception("serve_failed")
            self._exit_code = 1
        finally:
            reactor.callFromThread(reactor.stop)

    def _start(self, ending: contextlib.ExitStack) -> None:
        """Start the parts; `ending` stops them in the order that loses nothing: traffic, worker, receiver."""
        if self._demo:
            self._demo.start()
            ending.callback(self._demo.stop)
        self._worker = WorkerProcess(feed_loop=reactor._asyncioEventloop)
        self._worker.start()
        ending.callback(self._worker.stop)
        if self._demo:
            ending.callback(self._demo.stop_traffic)

    def _wait(self) -> None:
        while not self._stop.wait(ALIVE_CHECK_SECONDS):
            if not self._worker.alive:
                sys.stderr.write("error: the dispatcher ended unexpectedly, see the log\n")
                self._exit_code = 1
                return


def port_problem(port: int, error: OSError) -> str:
    """What to tell about a port that cannot be listened on."""
    if error.errno != errno.EADDRINUSE:
        return f"cannot listen on port {port}: {error.strerror}; choose another: PORT=8000 make run"
    return f"port {port} is taken; stop what listens there, or choose another: PORT={port + 1} make run"


def lock_folder() -> bool:
    """Have the data folder for this process alone, until it ends; False when another one has it."""
    descriptor = os.open(settings.DATA_DIR / "serve.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return False
    return True


def writable_problem() -> str | None:
    """What keeps the data folder from being used, or None."""
    try:
        settings.DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = settings.DATA_DIR / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as exc:
        return f"DATA_DIR: cannot write to {settings.DATA_DIR}: {exc.strerror}"
    return None


def keep_private() -> None:
    """DATA_DIR may be a folder that others can look into; what is in its databases, sessions too, is not for them."""
    os.umask(0o077)
    for database in settings.DATA_DIR.glob("*.sqlite3*"):
        database.chmod(0o600)
