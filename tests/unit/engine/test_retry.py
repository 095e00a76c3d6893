import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.engine.outcome import Outcome
from webhooks.engine.retry import JITTER, SCHEDULES, RetryDecision, decide, resolve_schedule

FAST = SCHEDULES["fast"]
RETRIED = [outcome for outcome in Outcome if outcome not in (Outcome.SUCCESS, Outcome.BLOCKED, Outcome.ABANDONED)]


def test_success_is_delivered():
    assert decide(outcome=Outcome.SUCCESS, http_status=204, schedule=FAST) == RetryDecision("DELIVERED")


@pytest.mark.parametrize("outcome", RETRIED)
def test_every_other_outcome_is_retried_on_schedule_and_then_failed(outcome):
    waits = [decide(outcome=outcome, retries_spent=spent, schedule=FAST).delay for spent in range(3)]
    assert waits == [1, 2, 4]
    assert decide(outcome=outcome, retries_spent=3, schedule=FAST) == RetryDecision("FAILED")


def test_blocked_address_fails_at_once():
    assert decide(outcome=Outcome.BLOCKED, schedule=FAST) == RetryDecision("FAILED")


def test_gone_fails_at_once_and_disables_the_subscription():
    gone = decide(outcome=Outcome.HTTP_4XX, http_status=410, schedule=FAST)
    assert gone == RetryDecision("FAILED", disable=True)


def test_abandoned_is_retried_at_once_twice_and_then_failed():
    decisions = [decide(outcome=Outcome.ABANDONED, abandoned_count=before, schedule=()) for before in range(3)]
    assert decisions == [RetryDecision("RETRYING", 0.0), RetryDecision("RETRYING", 0.0), RetryDecision("FAILED")]


def test_receiver_may_ask_for_more_time_but_for_an_hour_at_most():
    def wait(retry_after, random=0.0):
        return decide(outcome=Outcome.HTTP_429, schedule=FAST, retry_after=retry_after, random=lambda: random).delay

    assert [wait(None), wait(0), wait(5), wait(100_000)] == [1, 1, 5, 3600]
    assert wait(100_000, random=0.9) == 3600


@given(wait=st.floats(0.1, 86_400), random=st.floats(0, 1, exclude_max=True))
def test_long_waits_spread_by_a_tenth_and_short_ones_are_exact(wait, random):
    delay = decide(outcome=Outcome.TIMEOUT, schedule=(wait,), random=lambda: random).delay
    if wait < 10:
        assert delay == wait
    else:
        assert wait <= delay <= wait * (1 + JITTER)


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedule_can_be_named(name):
    assert resolve_schedule(name) == SCHEDULES[name]


def test_schedule_can_be_a_list_of_seconds():
    assert resolve_schedule([0.5, 60]) == (0.5, 60.0)
    assert resolve_schedule([]) == ()


@pytest.mark.parametrize(
    "schedule", ["slow", [0], [-1], [86_401], ["1"], [True], [float("nan")], [1] * 11, 5, None, {"1": 2}]
)
def test_unusable_schedules_are_refused(schedule):
    with pytest.raises(ValueError, match="seconds"):
        resolve_schedule(schedule)
