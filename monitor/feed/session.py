"""One client's conversation: hello, subscription, then everything from its cursor on, at the pace it keeps.

The session holds a cursor, not a queue. What is not sent yet is in the tenant's recent frames or in the log, so a slow
client costs no memory; `_pump` is the only sender of numbered messages, which keeps them in order.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from monitor.feed import frames, messages
from monitor.feed.batching import PendingBatch
from monitor.feed.closing import CloseCode, CloseSocket
from monitor.feed.continuity import Place, place
from monitor.feed.filtering import Filter
from monitor.feed.frames import FIELDS, Frame
from monitor.feed.limits import Limits
from monitor.feed.log import FeedLogUnavailableError
from monitor.feed.messages import Acknowledge, BadMessageError, Ping, Subscribe
from monitor.feed.metrics import feed_metrics
from monitor.feed.tenant_feed import TenantFeed
from monitor.feed.waiting import wait_for
from monitor.feed.window import Window
from webhooks.engine.outcome import Outcome

READ_FRAMES = (20, 1_000)
PONG_SECONDS = 1.0
MAX_COMPLAINTS = 20
WATCH_SECONDS = 1.0
_OUTCOME = FIELDS.index("outcome")


class FeedSession:
    """`send` sends a text frame; `inbox` brings the client's (None for a binary one); `staff` see the system, too."""

    def __init__(
        self,
        feed: TenantFeed,
        send: Callable[[str], Awaitable[None]],
        inbox: asyncio.Queue[str | None],
        limits: Limits,
        *,
        staff: bool = False,
    ) -> None:
        self._feed = feed
        self._send = send
        self._inbox = inbox
        self._limits = limits
        self._staff = staff
        self._window = Window(limits)
        self._batch = PendingBatch(0, limits.empty_batch_seconds)
        self._filter = Filter()
        # Whether frames go out as they came.
        self._verbatim = True
        self._subscribed = asyncio.Event()
        self._wake = asyncio.Event()
        self._read_frames = READ_FRAMES[0]
        self._complaints = 0
        self._ponged_at = 0.0

    async def run(self) -> None:
        """Serve until cancelled. Raises CloseSocket, or FeedLogUnavailableError when there is no log to begin with."""
        bounds = await self._feed.refresh()
        self._epoch = bounds.epoch
        # The last number the client has been told about, or is about to be by the pending batch.
        self._cursor = bounds.head
        self._caught_up_at = bounds.head
        # Announcements of what was never logged up to this one are told, or none of this client's business.
        self._announced = bounds.unlogged[-1].number if bounds.unlogged else 0
        self._window.restart(bounds.head)
        await self._send(frames.hello(bounds.epoch, bounds.head, bounds.oldest, self._limits.heartbeat_seconds))
        self._feed.listeners.add(self._wake)
        try:
            async with asyncio.TaskGroup() as tasks:
                for loop in (self._listen(), self._pump(), self._beat(), self._report(), self._watch()):
                    tasks.create_task(loop)
        finally:
            self._feed.listeners.discard(self._wake)

    # What the client says

    async def _listen(self) -> None:
        while True:
            try:
                message = messages.parse(await self._inbox.get())
                match message:
                    case Subscribe():
                        await self._subscribe(message)
                    case Acknowledge(to):
                        await self._acknowledge(to)
                    case Ping():
                        await self._pong()
            except BadMessageError as exc:
                await self._send(frames.error(exc.code, str(exc)))
                raise CloseSocket(CloseCode.BAD_MESSAGE, str(exc)) from exc

    async def _subscribe(self, message: Subscribe) -> None:
        if self._subscribed.is_set():
            return await self._complain("already_subscribed", "one sub for each connection")
        self._filter = message.filter
        self._batch.frame_seconds = message.frame_seconds
        self._verbatim = message.filter.matches_all and not message.frame_seconds
        if message.epoch is not None and message.epoch != self._epoch:
            await self._restart(self._feed.head)
        elif message.cursor is not None:
            await self._resume(message.cursor)
        self._subscribed.set()
        self._wake.set()

    async def _resume(self, cursor: int) -> None:
        if cursor > self._cursor:
            # Told by another process, which may know more than this one; or of a log that has been lost.
            known = await self._feed.refresh()
            if cursor > known.head:
                return await self._restart(self._feed.head)
        self._cursor = cursor
        self._announced = self._announced_before(cursor)
        self._window.sent(cursor, 0, time.monotonic())

    async def _acknowledge(self, to: int) -> None:
        if not self._window.acknowledge(to):
            return await self._complain("bad_ack", f"{to} has not been sent")
        self._wake.set()

    async def _pong(self) -> None:
        now = time.monotonic()
        if now - self._ponged_at >= PONG_SECONDS:
            self._ponged_at = now
            await self._send(frames.heartbeat(self._head))

    async def _complain(self, code: str, detail: str) -> None:
        self._complaints += 1
        if self._complaints > MAX_COMPLAINTS:
            raise BadMessageError(code, detail)
        await self._send(frames.error(code, detail))

    # What the client is told

    @property
    def _head(self) -> int:
        """In the numbers of the epoch the client knows, and never below what it knows: the log was read at hello."""
        return max(self._cursor, self._feed.head) if self._epoch == self._feed.epoch else self._cursor

    async def _pump(self) -> None:
        await self._subscribed.wait()
        while True:
            self._wake.clear()
            try:
                await self._advance()
                pause = self._batch.due_in(time.monotonic()) if self._window.open else None
            except FeedLogUnavailableError:
                pause = self._limits.retry_seconds
            await wait_for(self._wake, pause)

    async def _advance(self) -> None:
        """Tell everything there is to tell now, as far as the window allows."""
        while True:
            if self._epoch != self._feed.epoch:
                await self._restart(self._feed.begins_after)
                continue
            if not self._window.open:
                break
            await self._tell_unlogged()
            if self._cursor >= self._feed.head:
                break
            await self._tell(await self._next_frames())
        now = time.monotonic()
        if self._cursor < self._feed.head:
            self._window.wanted(now)
        if self._window.open and self._batch.due_in(now) == 0:
            await self._flush()

    async def _next_frames(self) -> list[Frame]:
        recent = self._feed.recent(self._cursor + 1)
        if recent is not None:
            return [recent]
        head = self._feed.head
        page = await self._feed.read(self._cursor, self._read_frames)
        if page.epoch != self._epoch:
            self._feed.doubt()
            raise FeedLogUnavailableError("the log began anew")
        if not page.frames:
            await self._tell_gap(head)
        elif page.frames[-1].last - self._cursor < READ_FRAMES[1]:
            # Small frames: read more of them at once.
            self._read_frames = min(self._read_frames * 4, READ_FRAMES[1])
        return page.frames

    async def _tell(self, ordered: list[Frame]) -> None:
        verbatim = len(ordered) == 1 and self._verbatim
        for frame in ordered:
            if not self._window.open:
                return
            await self._tell_unlogged()
            where = place(self._cursor, frame.first, frame.last)
            if where is Place.BEHIND:
                continue
            if where is Place.AHEAD:
                await self._tell_gap(frame.first - 1)
            if verbatim and where is not Place.OVERLAPS and not self._falling_behind:
                await self._flush()
                await self._transmit(frame.text, frame.last, frame.count)
                self._cursor = frame.last
            else:
                await self._gather(frame)

    async def _gather(self, frame: Frame) -> None:
        matching = [row for row in frame.rows if row[0] > self._cursor and self._filter.matches(row)]
        kept = [row for row in matching if row[_OUTCOME] != Outcome.SUCCESS] if self._falling_behind else matching
        if not self._batch.has_room(len(kept)):
            await self._flush()
        shed = len(matching) - len(kept)
        if shed:
            feed_metrics().shed.inc(shed)
        self._batch.add(self._cursor + 1, frame.last, kept, shed, time.monotonic())
        self._cursor = frame.last
        if self._batch.full:
            await self._flush()

    @property
    def _falling_behind(self) -> bool:
        """Too slow for what happens now; reading what was there before it came is no slowness."""
        return self._cursor >= self._caught_up_at and self._feed.head - self._cursor > self._limits.shed_rows

    async def _tell_gap(self, last: int) -> None:
        await self._flush()
        reason = "slow" if self._window.was_blocked else "expired"
        await self._transmit(frames.gap(self._cursor + 1, last, reason), last, 1)
        self._cursor = last

    async def _tell_unlogged(self) -> None:
        """Where the cursor has come to it. It has no number, so there is nothing to acknowledge."""
        if not self._feed.unlogged or self._feed.unlogged[-1].number <= self._announced:
            return
        for each in self._feed.unlogged:
            if self._announced < each.number and each.after <= self._cursor:
                await self._flush()
                self._announced = each.number
                await self._send(frames.unlogged(self._cursor, each.n))

    def _announced_before(self, cursor: int) -> int:
        # Of those at the cursor nobody knows whether the client was told: twice is better than never.
        return max((each.number for each in self._feed.unlogged if each.after < cursor), default=0)

    async def _restart(self, after: int) -> None:
        self._epoch = self._feed.epoch
        self._cursor = after
        self._announced = self._announced_before(after)
        self._caught_up_at = self._feed.head
        self._batch.clear()
        self._window.restart(after)
        await self._send(frames.reset(self._epoch, after))

    async def _flush(self) -> None:
        now = time.monotonic()
        if self._batch.due_in(now) is not None:
            last, rows = self._batch.last, len(self._batch.rows) + bool(self._batch.dropped)
            await self._transmit(self._batch.take(), last, rows)

    async def _transmit(self, text: str, last: int, rows: int) -> None:
        # Before the send: an acknowledgement may be here before the send returns.
        self._window.sent(last, rows, time.monotonic())
        await self._send(text)

    # What time brings

    async def _beat(self) -> None:
        await self._subscribed.wait()
        while True:
            await asyncio.sleep(self._limits.heartbeat_seconds)
            await self._send(frames.heartbeat(self._head))

    async def _report(self) -> None:
        await self._subscribed.wait()
        while True:
            text = await self._feed.metrics.next(staff=self._staff)
            # Nobody acknowledges them: to a client that takes nothing in they would pile up.
            if self._window.open:
                await self._send(text)

    async def _watch(self) -> None:
        await wait_for(self._subscribed, self._limits.sub_seconds)
        if not self._subscribed.is_set():
            raise CloseSocket(CloseCode.NO_SUBSCRIPTION, "no sub")
        while not self._window.stalled(time.monotonic()):
            await asyncio.sleep(min(WATCH_SECONDS, self._limits.blocked_seconds))
        raise CloseSocket(CloseCode.TOO_SLOW, "what was sent was not acknowledged")
