"""A whole worker in the test's process, on the test database, and receivers that answer what a test wants."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from project.worker_process import WorkerProcess
from tests.integration.dispatching.running import Receiver, forget_messages
from webhooks.dispatching import dispatcher
from webhooks.signals import RecordedAttempt, attempts_recorded


@pytest.fixture
def start_worker(transactional_db: None) -> Iterator[Callable[..., WorkerProcess]]:
    """Starts a worker, drained at the end of the test."""
    forget_messages()
    with ExitStack() as ending:

        def start(feed_loop: asyncio.AbstractEventLoop | None = None) -> WorkerProcess:
            worker = WorkerProcess(feed_loop)
            worker.start()
            ending.callback(worker.stop)
            return worker

        yield start


@pytest.fixture
def web_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop on its own thread, as the web server's is beside a worker in the embedded mode."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="web")
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def worker(start_worker: Callable[..., WorkerProcess]) -> WorkerProcess:
    """A worker that runs."""
    return start_worker()


@pytest.fixture
def receiving() -> Iterator[Callable[..., Receiver]]:
    """Starts receivers, see `Receiver`; what hangs in one is let go before the worker drains."""
    with ExitStack() as ending:

        def start(*args: object, **options: object) -> Receiver:
            receiver = ending.enter_context(Receiver(*args, **options))  # type: ignore[arg-type]
            ending.callback(receiver.open)
            return receiver

        yield start


@pytest.fixture
def recorded() -> Iterator[list[RecordedAttempt]]:
    """Every attempt that was recorded, in order."""
    told: list[RecordedAttempt] = []

    def hear(rows: list[RecordedAttempt], **_signal: object) -> None:
        told.extend(rows)

    attempts_recorded.connect(hear)
    yield told
    attempts_recorded.disconnect(hear)


@pytest.fixture
def wakeups_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table is read once at the start and then never again: what is delivered was brought by a message."""
    monkeypatch.setattr(dispatcher, "READ_SECONDS", 3600.0)


@pytest.fixture
def frequent_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher, "SWEEP_SECONDS", 0.1)
