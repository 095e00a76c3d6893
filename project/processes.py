"""Signals and exit codes that all long-running commands share."""

from __future__ import annotations

import signal
import threading
from types import FrameType


def stop_on_signal() -> threading.Event:
    """An event that SIGTERM and SIGINT set. A second signal changes nothing: it must not cut a drain short.

    Ctrl-C reaches the whole process group and a Procfile runner forwards it besides, so second signals are the rule.
    """
    stop = threading.Event()

    def handle(_signum: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)
    return stop
