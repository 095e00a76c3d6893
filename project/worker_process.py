"""What makes a process a worker: the dispatcher on its own event loop, Huey's consumer, metrics and the feed.

`run_huey` runs one of these and nothing else; `serve` runs one beside the web server.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress

import structlog
import uvloop
from django.conf import settings

from monitor.feed.broadcasting import Broadcaster
from monitor.feed.journal import Journal
from project import metrics, tracing
from webhooks import dispatching
from webhooks.dispatching.dispatcher import Dispatcher
from webhooks.signals import attempts_being_recorded, attempts_recorded, recording_failed
from webhooks.tasks import huey

logger = structlog.get_logger(__name__)

HEALTH_SECONDS = 5.0
# Two threads: while one prunes or sweeps, the other keeps handing deliveries over.
CONSUMER_THREADS = 2


class WorkerProcess:
    """Start one at a time in a process; `stop` drains and returns when nothing is in flight.

    `feed_loop`: the event loop that owns the channel layer, when there is one already (the embedded mode's web
    server); otherwise the feed is sent on the dispatcher's own loop.
    """

    def __init__(self, feed_loop: asyncio.AbstractEventLoop | None = None) -> None:
        self._feed_loop = feed_loop
        self._started = threading.Event()
        self._stopped = threading.Event()
        self._loop_thread = threading.Thread(target=self._run_loop, name="dispatcher")
        self._health_thread = threading.Thread(target=self._watch, name="worker-health", daemon=True)
        self._failure: BaseException | None = None

    def start(self) -> None:
        """Begin to deliver. Raises what kept the dispatcher from starting."""
        metrics.start()
        tracing.start()
        self._loop_thread.start()
        self._started.wait()
        if self._failure:
            raise self._failure
        self._consumer = huey.create_consumer(
            workers=CONSUMER_THREADS, initial_delay=0.02, max_delay=0.2, check_worker_health=True
        )
        self._consumer.start()
        self._health_thread.start()
        if settings.WEBHOOK_ALLOW_INSECURE_TARGETS and not settings.DEBUG:
            logger.warning("insecure_targets_allowed", by="WEBHOOK_ALLOW_INSECURE_TARGETS=1")
        logger.info("worker_started", max_in_flight=settings.WEBHOOK_MAX_IN_FLIGHT)

    def stop(self) -> None:
        """Take nothing new, finish what is under way (at most SHUTDOWN_TIMEOUT seconds), record and broadcast it."""
        self._stopped.set()
        self._consumer.stop_flag.set()
        with suppress(RuntimeError):  # its loop is closed: it died before
            self._dispatcher.stop()
        self._loop_thread.join()
        for _, thread in self._consumer.worker_threads:
            thread.join(timeout=5)
        dispatching.set_running(None)
        logger.info("worker_stopped")

    @property
    def drained(self) -> bool:
        """After `stop`: whether everything that was under way is recorded."""
        return self._dispatcher.drained

    @property
    def alive(self) -> bool:
        """Whether the dispatcher's loop still runs."""
        return self._loop_thread.is_alive()

    def _run_loop(self) -> None:
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(self._run())
        except BaseException as exc:
            self._failure = exc
            logger.exception("dispatcher_died")
        finally:
            self._started.set()

    async def _run(self) -> None:
        journal = Journal()
        broadcaster = Broadcaster(self._feed_loop or asyncio.get_running_loop(), journal)
        await self._on_feed_loop(broadcaster.start())
        self._dispatcher = Dispatcher()
        dispatching.set_running(self._dispatcher)
        if settings.FEED_REDIS_URL:  # a log in memory dies with the process, and its clients are told by a new epoch
            attempts_being_recorded.connect(journal.write, weak=False, dispatch_uid="monitor.feed.journal")
            recording_failed.connect(journal.doubt, weak=False, dispatch_uid="monitor.feed.journal")
        attempts_recorded.connect(broadcaster.receive, weak=False, dispatch_uid="monitor.feed")
        self._started.set()
        try:
            await self._dispatcher.run()
        finally:
            attempts_recorded.disconnect(dispatch_uid="monitor.feed")
            await self._on_feed_loop(broadcaster.stop())
            attempts_being_recorded.disconnect(dispatch_uid="monitor.feed.journal")
            recording_failed.disconnect(dispatch_uid="monitor.feed.journal")

    async def _on_feed_loop(self, coroutine: object) -> None:
        if self._feed_loop is None:
            await coroutine  # type: ignore[misc]
        else:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self._feed_loop))  # type: ignore[arg-type]

    def _watch(self) -> None:
        """Replace a consumer thread that died."""
        while not self._stopped.wait(HEALTH_SECONDS):
            self._consumer.check_worker_health()
