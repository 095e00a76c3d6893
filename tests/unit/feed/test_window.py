import pytest

from monitor.feed.limits import Limits
from monitor.feed.window import Window

LIMITS = Limits(window_rows=100, blocked_seconds=10, unacked_seconds=30)


@pytest.fixture
def window():
    window = Window(LIMITS)
    window.restart(1000)
    return window


def test_window_closes_when_it_is_used_up_and_opens_by_acknowledgement(window):
    window.sent(1060, 60, now=0)
    assert window.open
    window.sent(1100, 40, now=0)
    assert not window.open
    assert window.acknowledge(1060)
    assert window.open


def test_number_that_was_never_sent_cannot_be_acknowledged(window):
    window.sent(1060, 60, now=0)
    assert not window.acknowledge(1061)
    assert window.acknowledge(1060)


def test_the_head_of_hello_may_be_acknowledged(window):
    assert window.acknowledge(1000)


def test_message_is_taken_in_only_with_its_last_number(window):
    window.sent(1100, 100, now=0)
    assert window.acknowledge(1099)
    assert not window.open


def test_interval_without_rows_needs_no_acknowledgement(window):
    window.sent(1500, 0, now=0)
    assert window.open
    assert not window.stalled(now=1000)
    assert window.acknowledge(1500)


def test_client_is_given_up_when_the_window_stays_closed(window):
    window.sent(1100, 100, now=0)
    window.wanted(now=5)
    assert not window.stalled(now=14.9)
    assert window.stalled(now=15)


def test_closed_window_with_nothing_more_to_send_is_no_slowness(window):
    window.sent(1100, 100, now=0)
    assert not window.stalled(now=29)
    assert not window.was_blocked


def test_acknowledgement_starts_the_waiting_anew(window):
    window.sent(1001, 1, now=0)
    window.sent(1150, 149, now=0)
    window.wanted(now=0)
    window.acknowledge(1001)
    window.wanted(now=9)
    assert not window.stalled(now=18)
    assert window.stalled(now=19)


def test_open_window_wants_without_being_blocked(window):
    window.wanted(now=0)
    assert not window.was_blocked


def test_client_that_stays_silent_is_given_up(window):
    window.sent(1001, 1, now=0)
    assert not window.stalled(now=29.9)
    assert window.stalled(now=30)


def test_restart_forgets_what_was_sent(window):
    window.sent(1100, 100, now=0)
    window.wanted(now=0)
    window.restart(0)
    assert window.open
    assert not window.stalled(now=1000)


def test_late_acknowledgement_of_the_numbers_before_a_restart_is_no_mistake(window):
    window.sent(1100, 100, now=0)
    window.restart(0)
    assert window.acknowledge(1100)
    assert not window.acknowledge(1101)
