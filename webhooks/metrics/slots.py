"""Metric files of several processes on one host, each process in a *slot* it holds by a file lock.

prometheus_client names its files after the process id: twenty restarts leave sixty files, which no scrape may delete
(a counter that shrinks looks like a reset). A slot (`0`, `1`, …) is taken over by the next process instead, with its
counts: files stay few and counters monotonic however often a worker is killed.
"""

from __future__ import annotations

import fcntl
import os
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

import structlog
from django.conf import settings
from prometheus_client import CollectorRegistry, values
from prometheus_client.core import Metric
from prometheus_client.multiprocess import MultiProcessCollector

logger = structlog.get_logger(__name__)

MAX_SLOTS = 256
# The files of a slot, and what each may grow to: several times what all our series take.
FILES = ("counter", "histogram", "gauge_livesum")
FILE_BYTES = 1 << 20


@cache
def _slot() -> str:
    """This process's slot, held until the process ends. Raises OSError where there is none to have."""
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
        _prepare(number)
        return f"slot{number}"
    raise OSError(f"{MAX_SLOTS} processes hold a slot")


def _prepare(number: int) -> None:
    """What an earlier holder left can be read, and the files have their place on the disk.

    They are written through memory, where a disk that is full would end the process by SIGBUS.
    """
    for kind in FILES:
        file = settings.METRICS_DIR / f"{kind}_slot{number}.db"
        if file.exists() and not _is_readable(file):
            file.rename(file.with_suffix(f".damaged-{int(time.time())}"))
            logger.error("metrics_file_damaged", file=str(file))
        with open(file, "ab") as opened:
            os.posix_fallocate(opened.fileno(), 0, FILE_BYTES)


def _is_readable(file: Path) -> bool:
    """Whether prometheus_client can read it; an empty one it fills itself."""
    try:
        with open(file, "rb") as opened:
            used = int.from_bytes(opened.read(4), sys.byteorder, signed=True)
        MultiProcessCollector.merge([str(file)] if used else [])
    except Exception:  # whatever nonsense makes its parser raise
        return False
    return 0 <= used <= file.stat().st_size


def install() -> None:
    """Have prometheus_client store values in this process's slot. Call it before the first metric is created.

    Metrics never keep a process from its work: where no file can be had, it counts for itself, and nobody is told.
    """
    try:
        _slot()
    except OSError as exc:
        logger.error("metrics_not_kept", folder=str(settings.METRICS_DIR), error=str(exc))
        # By default it would keep files by process id, since PROMETHEUS_MULTIPROC_DIR is set.
        values.ValueClass = values.MutexValue
    else:
        values.ValueClass = values.MultiProcessValue(_slot)


def _forget_gauges(number: int | str) -> None:
    """What a process that is gone had then, unlike what it counted, is no longer so."""
    for stale in settings.METRICS_DIR.glob(f"gauge_live*_slot{number}.db"):
        stale.unlink(missing_ok=True)


def _forget_the_gone() -> None:
    for lock in settings.METRICS_DIR.glob("slot-*.lock"):
        number = lock.stem.removeprefix("slot-")
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


class _Readable(MultiProcessCollector):
    """Leaves out a file that somebody has damaged: the others are told."""

    def collect(self) -> Iterable[Metric]:
        try:
            return list(super().collect())
        except Exception:  # as above
            files = list(settings.METRICS_DIR.glob("*.db"))
            readable = [str(file) for file in files if _is_readable(file)]
            logger.warning("metrics_files_unreadable", files=len(files) - len(readable))
            return list(self.merge(readable))


def registry() -> CollectorRegistry:
    """A fresh registry that adds up the slots of all processes on this host."""
    combined = CollectorRegistry()
    with suppress(OSError):  # said when this process began
        settings.METRICS_DIR.mkdir(parents=True, exist_ok=True)  # before the first process's start there is none
        _forget_the_gone()
    if settings.METRICS_DIR.is_dir():
        _Readable(combined, path=str(settings.METRICS_DIR))
    return combined
