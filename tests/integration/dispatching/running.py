"""The parts of a worker, running in the test's own process, and a receiver whose answers a test decides."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from aiohttp import web
from django.conf import settings

from project.receiver import BackgroundReceiver
from webhooks.dispatching.dispatcher import Dispatcher

# Generous: a slow machine fails no test, and one that works waits for nothing.
SECONDS = 60


def eventually(condition: Callable[[], Any]) -> Any:
    """What `condition` returns once that is true; fails when it never is."""
    deadline = time.monotonic() + SECONDS
    while True:
        result = condition()
        if result:
            return result
        assert time.monotonic() < deadline, f"still not true after {SECONDS} s: {result!r}"
        time.sleep(0.02)


def statuses(*deliveries: Any) -> list[str]:
    """The deliveries' statuses as they are now."""
    for delivery in deliveries:
        delivery.refresh_from_db()
    return [delivery.status for delivery in deliveries]


def ended(*deliveries: Any) -> list[str]:
    """The deliveries' statuses once none of them changes any more."""
    final = {"DELIVERED", "FAILED", "CANCELLED"}
    eventually(lambda: final.issuperset(statuses(*deliveries)))
    return statuses(*deliveries)


class Seen(NamedTuple):
    """A request as the receiver saw it; `at` is in seconds since the epoch."""

    at: float
    path: str
    id: str
    attempt: int


class Receiver:
    """A real HTTP receiver. `script`: the statuses a path answers with, one after the other, the last for ever.

    A path in `closed` answers nothing until `open` is called. `in_flight` and `peak` count requests under way by path.
    """

    def __init__(self, script: Mapping[str, Sequence[int]], closed: Sequence[str] = (), retry_after: str = "") -> None:
        self._script = {path: list(answers) for path, answers in script.items()}
        self._closed = set(closed)
        self._opened: set[int] = set()
        self._retry_after = {"Retry-After": retry_after} if retry_after else {}
        self._server = BackgroundReceiver(self._app)
        self.requests: list[Seen] = []
        self.in_flight: Counter[str] = Counter()
        self.peak: Counter[str] = Counter()

    def url(self, path: str) -> str:
        return self._server.base + path

    def seen(self, path: str) -> list[Seen]:
        return [request for request in self.requests if request.path == path]

    def open(self) -> None:
        """Let closed paths answer."""
        self._closed.clear()

    def open_for(self, attempt: int) -> None:
        """Let the attempts of this number be answered."""
        self._opened.add(attempt)

    def __enter__(self) -> Receiver:
        self._server.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.stop()

    def _app(self) -> web.Application:
        app = web.Application(handler_args={"handler_cancellation": True})
        app.router.add_post("/{path:.*}", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.Response:
        path, attempt = request.path, int(request.headers["X-Attempt"])
        await request.read()
        self.requests.append(Seen(time.time(), path, request.headers["webhook-id"], attempt))
        self.in_flight[path] += 1
        self.peak[path] = max(self.peak[path], self.in_flight[path])
        try:
            while path in self._closed and attempt not in self._opened:
                await asyncio.sleep(0.01)
        finally:
            self.in_flight[path] -= 1
        answers = self._script.get(path, [200])
        status = answers.pop(0) if len(answers) > 1 else answers[0]
        return web.Response(status=status, headers=self._retry_after if status != 200 else {})


class DispatcherThread:
    """A dispatcher alone, without Huey's consumer, as a second worker beside the first would have it."""

    def __enter__(self) -> Dispatcher:
        self._thread.start()
        self._started.wait(SECONDS)
        return self.dispatcher

    def __init__(self) -> None:
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="second-dispatcher")

    def __exit__(self, *_exc: object) -> None:
        self.dispatcher.stop()
        self._thread.join()

    async def _run(self) -> None:
        self.dispatcher = Dispatcher()
        self._started.set()
        await self.dispatcher.run()


def forget_messages() -> None:
    """Empty the queue and its schedule: what an earlier test left there is no wake-up for this one."""
    settings.HUEY.flush()
