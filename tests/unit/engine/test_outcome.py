from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.engine.outcome import retry_after

NOW = 1_700_000_000.0


def header(value: str) -> dict[str, str]:
    return {"retry-after": value}


def test_retry_after_in_seconds():
    assert retry_after(503, header("120"), NOW) == 120


def test_retry_after_as_a_date():
    moment = datetime.fromtimestamp(NOW, UTC) + timedelta(seconds=90)
    assert retry_after(429, header(format_datetime(moment, usegmt=True)), NOW) == 90


def test_retry_after_in_the_past_is_no_wait():
    moment = datetime.fromtimestamp(NOW, UTC) - timedelta(days=1)
    assert retry_after(429, header(format_datetime(moment)), NOW) == 0


def test_retry_after_is_at_most_an_hour():
    assert retry_after(503, header("999999999999"), NOW) == 3600


@pytest.mark.parametrize("status", [200, 302, 400, 500])
def test_retry_after_of_other_answers_is_not_heard(status):
    assert retry_after(status, header("5"), NOW) is None


@given(st.text(max_size=60))
def test_any_retry_after_is_a_bounded_wait_or_nothing(value):
    wait = retry_after(429, header(value), NOW)
    assert wait is None or 0 <= wait <= 3600
