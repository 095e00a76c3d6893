"""Waiting for something to happen, or for tasks to end, but not for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")
CANCEL_AGAIN_SECONDS = 0.5


async def wait_for(event: asyncio.Event, seconds: float | None) -> None:
    """Return when the event is set or the time is over; None waits without end."""
    if seconds is None:  # most waits of most sockets: a timeout that never comes would make them 1.6 times as dear
        await event.wait()
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


async def uncut(call: Awaitable[T]) -> T:
    """What a call of redis-py returns. Whoever waits may be cancelled; the call itself goes on, to its own deadline.

    It waits with `asyncio.wait_for`, which before Python 3.12 may swallow a cancellation: the task that was to end
    would go on for ever.
    """
    going = asyncio.ensure_future(call)
    # Whoever waited may have gone when it fails.
    going.add_done_callback(lambda done: done.cancelled() or done.exception())
    return await asyncio.shield(going)


async def end(tasks: Iterable[asyncio.Task[Any]], seconds: float) -> None:
    """Cancel the tasks and wait until they are done, for so long at most. A cancellation may be lost (see `uncut`)."""
    pending = set(tasks)
    deadline = asyncio.get_running_loop().time() + seconds
    while pending and asyncio.get_running_loop().time() < deadline:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN_SECONDS)
