"""Metric files of several processes on one host, each process in a *slot* it holds by a file lock.

prometheus_client names its files after the process id: twenty restarts leave sixty files, which no scrape may delete
(a counter that shrinks looks like a reset). A slot (`0`, `1`, …) is taken over by the next process instead, with its
counts: files stay few and counters monotonic however often a worker is killed.
"""

from __future__ import annotations

import fcntl
import os
from functools import cache

from django.conf import settings
from prometheus_client import CollectorRegistry, values
from prometheus_client.multiprocess import MultiProcessCollector

MAX_SLOTS = 256


@cache
def _slot() -> str:
    """This process's slot, held until the process ends."""
    folder = settings.METRICS_DIR
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(MAX_SLOTS):
        descriptor = os.open(folder / f"slot-{number}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            continue
        # Never closed: the lock lasts as long as the process.
        _forget_gauges(number)
        return f"slot{number}"
    raise RuntimeError(f"no free metrics slot in {folder}: {MAX_SLOTS} processes hold one")


def install() -> None:
    """Have prometheus_client store values in this process's slot. Call it before the first metric is created."""
    values.ValueClass = values.MultiProcessValue(_slot)


def _forget_gauges(number: int) -> None:
    """What a process that is gone had then, unlike what it counted, is no longer so."""
    for stale in settings.METRICS_DIR.glob(f"gauge_live*_slot{number}.db"):
        stale.unlink(missing_ok=True)


def _forget_the_gone() -> None:
    for lock in settings.METRICS_DIR.glob("slot-*.lock"):
        number = int(lock.stem.removeprefix("slot-"))
        if next(settings.METRICS_DIR.glob(f"gauge_live*_slot{number}.db"), None) is None:
            continue
        descriptor = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
        try:
            # Held by a process that lives. One that starts at this very moment takes the next slot.
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        else:
            _forget_gauges(number)
        finally:
            os.close(descriptor)


def registry() -> CollectorRegistry:
    """A fresh registry that adds up the slots of all processes on this host."""
    settings.METRICS_DIR.mkdir(parents=True, exist_ok=True)  # before the first worker's start there is none
    _forget_the_gone()
    combined = CollectorRegistry()
    MultiProcessCollector(combined, path=str(settings.METRICS_DIR))
    return combined
