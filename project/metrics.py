"""What a process does to count and to be scraped."""

from __future__ import annotations

import errno
import socket
import threading
import time
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import structlog
from django.conf import settings

from monitor import exposition
from monitor.feed.metrics import feed_metrics
from webhooks.metrics import attempts

logger = structlog.get_logger(__name__)

TAKEN_SECONDS = 10.0
REQUEST_SECONDS = 10.0
MAX_CONNECTIONS = 20


def start() -> None:
    """Begin to count, with every series there from the start. Doing it twice changes nothing."""
    attempts.start()
    feed_metrics()


def serve() -> None:
    """`/metrics` of a worker on WORKER_METRICS_PORT, for a host without a web process.

    Of several workers on a host the first has the port, and tells what all of them count; when it ends another one
    takes it.
    """
    threading.Thread(target=_serve, name="metrics-port", daemon=True).start()


def _serve() -> None:
    address, told = (settings.BIND, settings.WORKER_METRICS_PORT), False
    while True:
        try:
            server = make_server(*address, _application, server_class=_Server, handler_class=_Quiet)
        except OSError as exc:
            if not told:
                taken = exc.errno == errno.EADDRINUSE
                tell = logger.info if taken else logger.error
                tell("metrics_port_taken" if taken else "metrics_port_unusable", address=address, error=str(exc))
            told = True
            time.sleep(TAKEN_SECONDS)
        else:
            logger.info("metrics_served", address=address)
            server.serve_forever()


def _application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] != "/metrics":
        status, content_type, body = "404 Not Found", "text/plain", b"only /metrics is here\n"
    elif not exposition.allowed(environ.get("HTTP_AUTHORIZATION", "")):
        status, content_type, body = "401 Unauthorized", "text/plain", exposition.REFUSAL.encode()
    else:
        body, content_type = exposition.told(environ.get("HTTP_ACCEPT", ""))
        status = "200 OK"
    start_response(status, [("Content-Type", content_type), ("Content-Length", str(len(body)))])
    return [body]


class _Server(ThreadingMixIn, WSGIServer):
    """A few at once, each for a few seconds: what a worker needs its descriptors for are deliveries."""

    daemon_threads = True

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._free = threading.BoundedSemaphore(MAX_CONNECTIONS)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        ending = threading.Timer(REQUEST_SECONDS, request.shutdown, [socket.SHUT_RDWR])
        ending.daemon = True
        ending.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            ending.cancel()
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever went away is nothing to log."""


class _Quiet(WSGIRequestHandler):
    timeout = REQUEST_SECONDS

    def log_message(self, *_args: Any) -> None:
        """Scrapes are nothing to log."""
