"""The WebSocket at `/ws/v1/feed`: who may open it, how it ends. What is said on it is in `session`."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import structlog
from channels.generic.websocket import AsyncWebsocketConsumer

from monitor.feed import access
from monitor.feed.access import AccessUnavailableError, Credentials
from monitor.feed.closing import CloseCode, CloseSocket
from monitor.feed.limits import MAX_MESSAGE_CHARACTERS, MAX_QUEUED_MESSAGES, Limits
from monitor.feed.log import FeedLogUnavailableError
from monitor.feed.metrics import feed_metrics
from monitor.feed.session import FeedSession
from monitor.feed.system_totals import system_totals
from monitor.feed.tenant_feed import watching
from tenancy.principal import Principal

logger = structlog.get_logger(__name__)

# Open sockets of each person, token and address in this process.
_open: Counter[tuple[str, object]] = Counter()


class FeedConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """Accepts whoever is on the right origin; everything after that ends with a close code that says why."""

    # Frames come to the process once for each tenant, by `TenantFeed`, not once for each socket.
    channel_layer_alias = "none"

    def __init__(self, limits: Limits | None = None) -> None:
        super().__init__()
        self._limits = limits or Limits()
        self._inbox: asyncio.Queue[str | None] = asyncio.Queue(MAX_QUEUED_MESSAGES)
        self._serving: asyncio.Task[None] | None = None

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Channels' own goes through a thread for each message, to close database connections; none is used here."""
        match message["type"]:
            case "websocket.connect":
                await self.websocket_connect(message)
            case "websocket.receive":
                await self.websocket_receive(message)
            case "websocket.disconnect":
                await self.websocket_disconnect(message)

    async def connect(self) -> None:
        credentials = access.credentials_of(self.scope)
        if not access.origin_allowed(self.scope, credentials):
            await self.close()  # before accept: HTTP 403
            return
        await self.accept()
        feed_metrics().clients.inc()
        self._serving = asyncio.create_task(self._serve(credentials))

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        try:
            # No more than shows that it is too long: what waits for the session must not fill the memory.
            self._inbox.put_nowait(text_data and text_data[: MAX_MESSAGE_CHARACTERS + 1])
        except asyncio.QueueFull:
            await self._end(CloseSocket(CloseCode.BAD_MESSAGE, "too many messages at once"))

    async def disconnect(self, code: int) -> None:
        if self._serving:
            self._serving.cancel()
            feed_metrics().clients.dec()
            await asyncio.gather(self._serving, return_exceptions=True)

    async def _end(self, ending: CloseSocket) -> None:
        if self._serving and not self._serving.done() and not self._serving.cancelling():
            self._serving.cancel()
            await self._close(ending)

    async def _close(self, ending: CloseSocket) -> None:
        feed_metrics().closed.labels(str(int(ending.code))).inc()
        await self.close(int(ending.code), ending.reason)  # Daphne refuses an IntEnum

    async def _serve(self, credentials: Credentials) -> None:
        try:
            ending = await self._session(credentials)
        except (FeedLogUnavailableError, AccessUnavailableError) as exc:
            logger.warning("feed_socket_refused", error=str(exc))
            ending = CloseSocket(CloseCode.UNAVAILABLE, "the feed is not available now")
        except Exception:
            logger.exception("feed_socket_failed")
            ending = CloseSocket(CloseCode.INTERNAL_ERROR, "internal error")
        await self._close(ending)

    async def _session(self, credentials: Credentials) -> CloseSocket:
        """Run the session; the answer is how it ended."""
        address = ("address", (self.scope.get("client") or ["unknown"])[0])
        with _counted(address, self._limits.sockets_of_address) as fits:
            if not fits:
                return CloseSocket(CloseCode.TOO_MANY_SOCKETS, "too many sockets from this address")
            principal = await access.principal_of(credentials)
            if principal is None:
                return CloseSocket(CloseCode.UNAUTHORISED, "sign in, or show a valid token")
            with _counted(_caller(principal), self._limits.sockets) as fits:
                if not fits:
                    return CloseSocket(CloseCode.TOO_MANY_SOCKETS, f"at most {self._limits.sockets} sockets")
                return await self._watch(credentials, principal)

    async def _watch(self, credentials: Credentials, principal: Principal) -> CloseSocket:
        ending = CloseSocket(CloseCode.INTERNAL_ERROR, "ended")
        async with watching(principal.tenant_id) as feed:
            session = FeedSession(feed, self.send, self._inbox, self._limits, staff=principal.is_staff)
            system = system_totals().watching() if principal.is_staff else nullcontext()
            try:
                async with system, asyncio.TaskGroup() as tasks:
                    tasks.create_task(session.run())
                    tasks.create_task(self._recheck(credentials, principal))
            except* CloseSocket as group:
                ending = _first(group)
            except* FeedLogUnavailableError:
                ending = CloseSocket(CloseCode.UNAVAILABLE, "the feed is not available now")
        return ending

    async def _recheck(self, credentials: Credentials, principal: Principal) -> None:
        """Close the socket of someone who signed out or lost access."""
        # To this tenant: without `?tenant=` another one may be a person's first by now.
        credentials = credentials._replace(tenant=principal.tenant_slug)
        while True:
            # Spread, so that sockets opened together do not ask the database together.
            await asyncio.sleep(self._limits.recheck_seconds * random.uniform(0.8, 1.2))
            try:
                now = await access.principal_of(credentials)
            except AccessUnavailableError:
                continue
            if now is None:
                raise CloseSocket(CloseCode.UNAUTHORISED, "access has ended")


@contextmanager
def _counted(whose: tuple[str, object], most: int) -> Iterator[bool]:
    """Counts one more socket of theirs meanwhile; False when they have as many as they may."""
    if _open[whose] >= most:
        yield False
        return
    _open[whose] += 1
    try:
        yield True
    finally:
        _open[whose] -= 1
        if not _open[whose]:
            del _open[whose]


def _caller(principal: Principal) -> tuple[str, object]:
    if principal.token_id is not None:
        return ("token", principal.token_id)
    return ("user", principal.user_id)


def _first(group: BaseExceptionGroup[CloseSocket]) -> CloseSocket:
    """TaskGroups nest: the first one that wanted to close."""
    inner = group.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner
