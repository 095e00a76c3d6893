"""Waiting for something to happen, but not for ever."""

from __future__ import annotations

import asyncio
from contextlib import suppress


async def wait_for(event: asyncio.Event, seconds: float | None) -> None:
    """Return when the event is set or the time is over; None waits without end."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
