"""Metric files across real processes, some of them killed."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import values
from structlog.testing import capture_logs

from webhooks.metrics import slots

SCRIPT = Path(__file__).with_name("counting.py")
ROOT = Path(__file__).parents[3]


class Counting:
    """A process that counts, see `counting.py`."""

    def __init__(self, data_dir: Path) -> None:
        environment = {**os.environ, "DATA_DIR": str(data_dir), "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            [sys.executable, str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        # What it logs before is on the same pipe.
        self.slot = next(line for line in self.process.stdout if line.startswith("slot")).strip()

    def count(self, attempts: int) -> None:
        self.process.stdin.write(f"{attempts}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "counted\n"

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def start(tmp_path: Path) -> Iterator:
    started: list[Counting] = []

    def start() -> Counting:
        started.append(Counting(tmp_path))
        return started[-1]

    yield start
    for counting in started:
        if counting.process.returncode is None:
            counting.kill()


@pytest.fixture
def total(settings, tmp_path):
    """What `/metrics` says now."""
    settings.METRICS_DIR = tmp_path / "metrics"
    return lambda: slots.registry().get_sample_value("attempts_total")


def test_processes_at_once_have_slots_of_their_own_and_are_added_up(start, total):
    first, second = start(), start()
    assert (first.slot, second.slot) == ("slot0", "slot1")
    first.count(3)
    second.count(4)
    assert total() == 7


def test_killed_processs_slot_is_taken_over_with_its_counts(start, total):
    first, second = start(), start()
    first.count(3)
    first.kill()
    assert total() == 3
    third = start()
    assert third.slot == "slot0"
    assert total() == 3
    third.count(2)
    second.count(1)
    assert total() == 6


def test_restarts_leave_no_files_behind_and_never_take_counts_back(start, total, tmp_path):
    counts, files = [], set()
    for _ in range(20):
        counting = start()
        counting.count(5)
        counts.append(total())
        counting.kill()
        files.add(frozenset(path.name for path in (tmp_path / "metrics").iterdir()))
    assert counts == [5 * (number + 1) for number in range(20)]
    assert len(files) == 1


def test_what_a_killed_process_had_open_is_not_told_any_more(start, settings, tmp_path):
    settings.METRICS_DIR = tmp_path / "metrics"

    def connected():
        return slots.registry().get_sample_value("connected")

    first, second = start(), start()
    first.count(1)
    assert connected() == 2
    first.kill()
    assert connected() == 1
    second.kill()
    assert connected() is None


def test_taking_a_slot_drops_the_last_holders_live_gauges(start, tmp_path):
    stale = tmp_path / "metrics" / "gauge_livemax_slot0.db"
    other = tmp_path / "metrics" / "gauge_livemax_slot1.db"
    stale.parent.mkdir()
    for file in (stale, other):
        file.touch()
    start()
    assert not stale.exists()
    assert other.exists()


DAMAGE = [
    b"\x64\x00",
    bytes(range(256)) * 40,
    b"\xff" * 4096,
    b"\x20\x00\x00\x00\x00\x00\x00\x00\x08\x00\x00\x00\xff\xfe\xfd\xfc" * 9,
]


@pytest.mark.parametrize("damage", DAMAGE, ids=range(len(DAMAGE)))
def test_a_damaged_file_hides_no_other_and_is_set_aside(start, total, tmp_path, damage):
    first, second = start(), start()
    first.count(1)
    second.count(2)
    first.kill()
    file = tmp_path / "metrics" / f"counter_{first.slot}.db"
    file.write_bytes(damage)
    assert total() == 2
    third = start()
    assert third.slot == first.slot
    third.count(4)
    assert total() == 6
    assert list(file.parent.glob("*.damaged-*"))


def test_strangers_in_the_folder_hide_nothing(start, total, tmp_path):
    start().count(3)
    for name in ("foreign.db", "slot-abc.lock", "gauge_live_slot-abc.db"):
        (tmp_path / "metrics" / name).write_text("?")
    assert total() == 3


def test_without_a_place_for_its_files_a_process_counts_for_itself(settings, tmp_path, monkeypatch):
    settings.METRICS_DIR = tmp_path / "metrics"
    monkeypatch.setattr(values, "ValueClass", None)
    monkeypatch.setattr(slots, "_slot", slots._slot.__wrapped__)

    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(slots.os, "posix_fallocate", full)
    with capture_logs() as logs:
        slots.install()
    assert [entry["event"] for entry in logs] == ["metrics_not_kept"]
    assert values.ValueClass is values.MutexValue


def test_registry_without_any_worker_yet_is_empty(settings, tmp_path):
    settings.METRICS_DIR = tmp_path / "never-made"
    assert list(slots.registry().collect()) == []
