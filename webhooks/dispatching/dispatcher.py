"""The dispatcher of a worker process: one event loop that claims, sends and records.

    offer(refs) ─► timers ─► fair queue ─► claim (batch) ─► attempt (concurrent) ─► recorder ─► commit, signal
                                 ▲
    table, read every second

It lives on its own loop in its own thread. Only `offer`, `full` and `stop` may be called from other threads.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings

from tenancy.ids import new_id
from webhooks import claiming, recording, rollups
from webhooks.claiming import Claim
from webhooks.dispatching.attempting import attempt
from webhooks.dispatching.database import DatabaseThreads
from webhooks.dispatching.fair_queue import FairQueue, Taken, Verdict
from webhooks.dispatching.recorder import Recorder
from webhooks.dispatching.refs import Ref
from webhooks.dispatching.timers import Timers
from webhooks.engine.outcome import AttemptResult, Outcome
from webhooks.engine.sender import Sender
from webhooks.models import circuit_states, delivery_states, heartbeat, ordering, sql
from webhooks.models.pace import Places
from webhooks.subscriptions import target_policy

logger = structlog.get_logger(__name__)

CLAIM_ROWS = 200
# A claim costs as much for one row as for ten: under load the next one waits for so many free slots, or so long.
CLAIM_PAUSE_SLOTS = 24
CLAIM_PAUSE_SECONDS = 0.01
QUEUE_REFS = 10_000
# Of the slots: a tenant whose endpoints all hang leaves the rest to the others.
TENANT_SHARE = 0.75
# Of the slots: what all subscriptions that answer nothing for a second may have together.
SLOW_SHARE = 0.5
TIMER_REFS = 20_000
# The table is read this often when nothing else is to do, and looks a little further ahead than that, so that every
# retry has its timer before it is due.
READ_SECONDS = 1.0
READ_AHEAD_SECONDS = 1.5
READ_SUBSCRIPTIONS = 64
SWEEP_SECONDS = 5.0
CIRCUIT_OVERLAP = timedelta(seconds=5)
ERROR_SECONDS = 1.0


class Dispatcher:
    """Delivers what is due until it is stopped. Create it and await `run` on the loop it shall live on."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._database = DatabaseThreads()
        self._recorder = Recorder(self._database)
        self._queue = FairQueue(
            settings.WEBHOOK_SUBSCRIPTION_IN_FLIGHT,
            QUEUE_REFS,
            max(1, int(settings.WEBHOOK_MAX_IN_FLIGHT * TENANT_SHARE)),
            max(1, int(settings.WEBHOOK_MAX_IN_FLIGHT * SLOW_SHARE)),
        )
        self._circuits_read_at = datetime.now(UTC)
        self._restrained: dict[UUID, datetime] = {}  # whose circuit closed lately, and when
        self._timers = Timers(TIMER_REFS)
        self._read_up_to = UUID(int=0)  # the subscription at which the last reading of the table ended
        self._sender = Sender(
            policy=target_policy(),
            max_body=settings.WEBHOOK_MAX_RESPONSE_BYTES,
            name_servers=settings.WEBHOOK_DNS_SERVERS,
        )
        self._attempts: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()  # something to claim, or a free slot
        self._freed = 0  # slots, since the last claim began
        self._enough_freed = asyncio.Event()
        self._read_soon = asyncio.Event()  # rows were freed that no wake-up announces
        self._stopping = asyncio.Event()
        # False when something was left undone at the end: threads of a database that hangs may still wait for it.
        self.drained = True

    # Called from other threads

    def offer(self, refs: Iterable[Ref]) -> None:
        """Take wake-ups. Refs that do not fit are dropped: their rows are read from the table later."""
        self._loop.call_soon_threadsafe(self._accept, list(refs))

    @property
    def full(self) -> bool:
        """No further wake-ups should be taken off the queue now."""
        return self._queue.full

    def stop(self) -> None:
        """Begin to drain: start nothing new, finish what is under way. `run` returns when that is done."""
        self._loop.call_soon_threadsafe(self._stopping.set)

    # On the loop

    async def run(self) -> None:
        """Deliver until `stop`, then drain for at most `SHUTDOWN_TIMEOUT` seconds. Raises what ended a loop."""
        recorder = asyncio.create_task(self._recorder.run())
        loops = [asyncio.create_task(loop) for loop in self._loops()]
        stopped = asyncio.create_task(self._stopping.wait())
        await asyncio.wait([stopped, recorder, *loops], return_when=asyncio.FIRST_COMPLETED)
        self._stopping.set()
        self._changed.set()
        self._enough_freed.set()
        self._read_soon.set()
        try:
            async with asyncio.timeout(settings.SHUTDOWN_TIMEOUT):
                await asyncio.wait(loops)
                while self._attempts:
                    await asyncio.wait(self._attempts)
                await self._recorder.drained()
        except TimeoutError:
            # Their leases run out and another worker retries them; the receiver may see those twice.
            logger.warning("drain_timeout", attempts_in_flight=len(self._attempts))
            self.drained = False
        for task in (*loops, *self._attempts, recorder):
            task.cancel()
        ends = await asyncio.gather(recorder, *loops, *self._attempts, return_exceptions=True)
        await self._sender.aclose()
        await asyncio.to_thread(self._database.close, wait=self.drained)
        # A loop ends before `stop` only by an error nobody foresaw: the process must not seem well then.
        for end in ends:
            if isinstance(end, Exception):
                raise end

    def _loops(self) -> Iterable[Coroutine[Any, Any, None]]:
        return self._claim_loop(), self._read_loop(), self._sweep_loop(), self._rollup_loop(), self._heartbeat_loop()

    def _accept(self, refs: list[Ref]) -> None:
        now = time.time()
        for ref in refs:
            if ref.due > now:
                self._timers.add(ref)
            else:
                self._queue.offer(ref)
        self._changed.set()

    async def _claim_loop(self) -> None:
        while not self._stopping.is_set():
            self._accept(self._timers.pop_due(time.time()))
            self._changed.clear()
            room = min(settings.WEBHOOK_MAX_IN_FLIGHT - self._queue.in_flight, CLAIM_ROWS)
            taken = None if self._recorder.behind else self._queue.take(room, time.monotonic())
            if taken:
                self._freed = 0
                self._enough_freed.clear()
                pause_ends = time.monotonic() + CLAIM_PAUSE_SECONDS
                await self._claim(taken)
                await _wait(self._enough_freed, max(0.0, pause_ends - time.monotonic()))
            else:
                await self._sleep_until_changed()

    async def _sleep_until_changed(self) -> None:
        next_due = self._timers.next_due()
        pause = READ_SECONDS if next_due is None else min(READ_SECONDS, max(0.0, next_due - time.time()))
        await _wait(self._changed, pause)

    async def _claim(self, taken: Taken) -> None:
        wanted = Counter(ref.subscription_id for ref in taken.refs) + taken.next_of
        try:
            claims, paces = await self._database.run(claiming.claim, taken.refs, taken.next_of)
        except Exception as exc:
            # Rows that were claimed all the same have a lease that runs out.
            logger.warning("claim_failed", deliveries=len(taken.refs) + taken.next_of.total(), error=repr(exc))
            self._queue.release(taken.refs)
            self._queue.release_unclaimed(taken.next_of)
            for subscription_id in wanted:
                self._queue.let_go(subscription_id)
            await _wait(self._stopping, ERROR_SECONDS)
            return
        for subscription_id, count in wanted.items():
            self._pace(subscription_id, count, paces.get(subscription_id))
        asked = {ref.delivery_id: ref for ref in taken.refs}
        missing = taken.next_of
        for claim in claims:
            row = claim.row
            ref = asked.pop(row.id, None)
            if ref is None:
                ref = Ref(row.id, row.subscription_id, row.tenant_id, 0.0)
                missing[row.subscription_id] -= 1
            self._start(claim, ref)
        self._queue.release(asked.values())
        self._queue.release_missing(+missing)

    def _pace(self, subscription_id: UUID, wanted: int, pace: Places | None) -> None:
        """A subscription with a rate limit rests until more of its attempts may begin."""
        if pace is None:
            self._queue.let_go(subscription_id)
            return
        self._queue.rest(subscription_id, backlogged=wanted > len(pace.waits))
        self._loop.call_later(pace.again_in, self._wake_up, subscription_id, pace.at_once)

    def _wake_up(self, subscription_id: UUID, at_once: int) -> None:
        self._queue.let_go(subscription_id, at_once)
        self._changed.set()

    def _start(self, claim: Claim, ref: Ref) -> None:
        task = asyncio.create_task(self._attempt(claim, ref))
        self._attempts.add(task)
        task.add_done_callback(self._attempts.discard)

    async def _attempt(self, claim: Claim, ref: Ref) -> None:
        try:
            if claim.wait:
                await asyncio.sleep(claim.wait)
            finished = await attempt(claim, self._sender)
            self._queue.learn(ref.subscription_id, _verdict(finished.result), time.monotonic())
            self._recorder.put(finished)
        finally:
            self._queue.release([ref])
            self._changed.set()
            self._freed += 1
            if self._freed >= CLAIM_PAUSE_SLOTS:
                self._enough_freed.set()

    async def _read_loop(self) -> None:
        while not self._stopping.is_set():
            self._read_soon.clear()
            try:
                await self._read_circuits()
                await self._read_table()
            except Exception as exc:
                logger.warning("read_failed", error=repr(exc))
            await _wait(self._read_soon, READ_SECONDS)

    async def _read_circuits(self) -> None:
        """Send the probes whose time has come, and begin gently where a circuit has closed."""
        if not settings.WEBHOOK_CIRCUIT_BREAKER:
            await self._database.run_for_all_tenants(circuit_states.close_all, datetime.now(UTC))
            return
        for claim in await self._database.run(claiming.claim_probes):
            ref = Ref(claim.row.id, claim.row.subscription_id, claim.row.tenant_id, 0.0)
            self._queue.adopt(ref, time.monotonic())
            self._start(claim, ref)
        read_at = datetime.now(UTC)
        # A little further back: what another worker commits now may carry an earlier time.
        since = self._circuits_read_at - CIRCUIT_OVERLAP
        closed = await self._database.run_for_all_tenants(circuit_states.closed_since, since)
        for subscription_id, closed_at in closed:
            if self._restrained.get(subscription_id) != closed_at:
                self._restrained[subscription_id] = closed_at
                self._queue.restrain(subscription_id)
        self._restrained = dict(closed)
        self._circuits_read_at = read_at

    async def _read_table(self) -> None:
        """Queue due rows that no wake-up brought. What is too much for once is read first the next time."""
        until = datetime.fromtimestamp(time.time() + READ_AHEAD_SECONDS, UTC)
        page = self._queue.line_length
        saturated = self._queue.saturated()
        waiting = await self._database.run_for_all_tenants(delivery_states.subscriptions_due, until, saturated)
        waiting = waiting[(begin := bisect_right(waiting, self._read_up_to)) :] + waiting[:begin]
        read = 0
        while waiting and read < QUEUE_REFS:
            some, waiting = waiting[:READ_SUBSCRIPTIONS], waiting[READ_SUBSCRIPTIONS:]
            found = await self._database.run_for_all_tenants(delivery_states.due, some, until, page)
            self._accept([Ref(row.id, row.subscription_id, row.tenant_id, row.due.timestamp()) for row in found])
            count = Counter((row.subscription_id, row.tenant_id) for row in found)
            for (subscription_id, tenant_id), rows in count.items():
                if rows >= page:
                    self._queue.backlog(subscription_id, tenant_id)
            read += len(found)
            self._read_up_to = some[-1]

    async def _sweep_loop(self) -> None:
        while not self._stopping.is_set():
            for sweep in (_abandon, delivery_states.settle_strays, circuit_states.tidy, ordering.release_stuck):
                # Each on its own: what stops one of them must not stop the others.
                try:
                    if sweep is not _abandon:
                        await self._database.run_for_all_tenants(sweep, datetime.now(UTC))
                    elif await self._database.run(sweep, datetime.now(UTC)):
                        self._read_soon.set()
                except Exception as exc:
                    logger.warning("sweep_failed", sweep=sweep.__name__, error=repr(exc))
            await _wait(self._stopping, SWEEP_SECONDS)

    async def _rollup_loop(self) -> None:
        """Apart from the sweeps: after a while without any worker a pass takes as long as there is to catch up."""
        while not self._stopping.is_set():
            more = False
            try:
                more = await self._database.run(rollups.advance)
            except Exception as exc:
                logger.warning("rollup_failed", error=repr(exc))
            if not more:
                await _wait(self._stopping, SWEEP_SECONDS)

    async def _heartbeat_loop(self) -> None:
        """From the loop that delivers: when it hangs, the worker is not alive, whatever its other threads do."""
        worker, host, pid, started_at = new_id(), socket.gethostname(), os.getpid(), datetime.now(UTC)
        while not self._stopping.is_set():
            try:
                await self._database.run(lambda: heartbeat.beat(worker, host, pid, started_at, sql.now()))
            except Exception as exc:
                logger.warning("heartbeat_failed", error=repr(exc))
            await _wait(self._stopping, heartbeat.EVERY_SECONDS)
        with suppress(Exception):  # it is found to be gone all the same
            await self._database.run(lambda: heartbeat.end(worker, sql.now()))


def _abandon(now: datetime) -> int:
    """Take every delivery from workers that are gone; returns how many."""
    count = 0
    while rows := recording.abandon_expired(now):
        count += len(rows)
    return count


def _verdict(result: AttemptResult) -> Verdict:
    if result.outcome is Outcome.SUCCESS:
        return Verdict.SUCCESS
    if result.http_status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        return Verdict.OVERLOADED
    return Verdict.SILENT if result.http_status is None else Verdict.ANSWERED


async def _wait(event: asyncio.Event, seconds: float) -> None:
    """Until the event is set, at most so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
