"""The dispatcher: from wake-ups to claimed, sent and recorded attempts, one event loop per worker process."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webhooks.dispatching.dispatcher import Dispatcher

_running: list[Dispatcher] = []


def running() -> Dispatcher:
    """This process's dispatcher. Raises RuntimeError in a process that is no worker."""
    if not _running:
        raise RuntimeError("no dispatcher runs in this process; deliveries are sent by `manage.py run_huey`")
    return _running[-1]


def set_running(dispatcher: Dispatcher | None) -> None:
    """Called when a worker process starts its dispatcher and when it stops it."""
    _running[:] = [dispatcher] if dispatcher else []
