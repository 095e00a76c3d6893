from datetime import timedelta

import pytest

from webhooks.engine.circuit import MAX_WAIT, counts, next_wait, opens
from webhooks.engine.outcome import Outcome


@pytest.mark.parametrize(
    ("attempts", "failed", "expected"),
    [(19, 19, False), (20, 10, True), (20, 9, False), (1000, 499, False), (1000, 500, True), (0, 0, False)],
)
def test_a_circuit_opens_at_twenty_attempts_of_which_half_failed(attempts, failed, expected):
    assert opens(attempts, failed) is expected


def test_waits_double_up_to_five_minutes():
    waits = [timedelta(seconds=30)]
    while waits[-1] < MAX_WAIT:
        waits.append(next_wait(waits[-1]))
    assert [wait.total_seconds() for wait in waits] == [30, 60, 120, 240, 300]
    assert next_wait(MAX_WAIT) == MAX_WAIT


def test_what_is_not_the_receivers_doing_is_not_counted():
    assert {outcome for outcome in Outcome if not counts(outcome)} == {Outcome.ABANDONED, Outcome.BLOCKED}
