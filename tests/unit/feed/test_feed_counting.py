"""Attempts counted for a `metrics` message."""

import json
from pathlib import Path

import pytest

from monitor.feed.counting import Counts
from tests.unit.feed.rows import FAILED, row
from webhooks.metrics.attempts import DURATION_BUCKETS

CONTRACT = Path(__file__).parents[2] / "contract"


def counted(*rows):
    counts = Counts()
    counts.add(rows)
    return counts.take()


def test_rows_of_the_contract_are_counted_as_the_contract_says():
    batch, metrics = (json.loads((CONTRACT / f"feed_{name}.json").read_text()) for name in ("batch", "metrics"))
    taken = counted(*batch["r"])
    assert taken == {key: metrics[key] for key in taken}
    assert metrics.keys() - taken == {"t", "at", "seconds", "backlog"}


def test_nothing_is_counted_twice():
    counts = Counts()
    counts.add([row(), row(**FAILED)])
    counts.take()
    counts.add([row()])
    assert (counts.take()["attempts"], counts.take()["attempts"]) == (1, 0)


def test_without_attempts_only_the_buckets_are_there():
    assert counted() == {
        "attempts": 0,
        "outcomes": {},
        "codes": {},
        "retries": {},
        "durations": [0] * (len(DURATION_BUCKETS) + 1),
    }


@pytest.mark.parametrize(
    ("milliseconds", "bucket"), [(0, 0), (25, 0), (26, 1), (10_000, len(DURATION_BUCKETS) - 1), (10_001, -1)]
)
def test_duration_belongs_to_the_bucket_whose_edge_it_does_not_exceed(milliseconds, bucket):
    durations = counted(row(duration_ms=milliseconds))["durations"]
    assert (durations[bucket], sum(durations)) == (1, 1)


def test_attempt_whose_end_nobody_saw_has_no_duration_and_no_code():
    taken = counted(row(outcome="abandoned", duration_ms=None, http_status=None, status="FAILED"))
    assert (sum(taken["durations"]), taken["codes"], taken["retries"]) == (0, {"none": 1}, {})


def test_receiver_cannot_choose_the_name_of_a_code():
    assert counted(row(http_status=999))["codes"] == {"other": 1}
