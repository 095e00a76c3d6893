import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feed.continuity import HELD_FRAMES, Place, Reorder, place
from monitor.feed.frames import Frame


def frame(first: int, last: int) -> Frame:
    return Frame("e1", first, last, text="")


def spans(shown: list[Frame]) -> list[tuple[int, int]]:
    return [(each.first, each.last) for each in shown]


@pytest.mark.parametrize(
    ("first", "last", "where"),
    [
        (8, 10, Place.BEHIND),
        (11, 15, Place.NEXT),
        (9, 15, Place.OVERLAPS),
        (10, 11, Place.OVERLAPS),
        (12, 15, Place.AHEAD),
    ],
)
def test_place_of_a_frame_relative_to_cursor_10(first, last, where):
    assert place(10, first, last) is where


def test_frames_in_order_are_shown_at_once():
    reorder = Reorder(0)
    assert spans(reorder.offer(frame(1, 3))) == [(1, 3)]
    assert spans(reorder.offer(frame(4, 4))) == [(4, 4)]
    assert (reorder.head, reorder.waiting) == (4, False)


def test_early_frame_is_held_until_what_comes_before_it_arrives():
    reorder = Reorder(10)
    assert reorder.offer(frame(13, 14)) == []
    assert (reorder.head, reorder.waiting) == (10, True)
    assert spans(reorder.offer(frame(11, 12))) == [(11, 12), (13, 14)]
    assert (reorder.head, reorder.waiting) == (14, False)


def test_known_frame_is_dropped():
    reorder = Reorder(10)
    assert reorder.offer(frame(8, 10)) == []
    assert (reorder.head, reorder.waiting) == (10, False)


def test_giving_up_shows_what_was_held_and_leaves_the_hole_to_the_log():
    reorder = Reorder(10)
    reorder.offer(frame(15, 16))
    reorder.offer(frame(12, 13))
    assert spans(reorder.give_up()) == [(12, 13), (15, 16)]
    assert (reorder.head, reorder.waiting) == (16, False)


def test_numbers_known_only_from_the_log_are_waited_for_and_then_given_up():
    reorder = Reorder(10)
    reorder.expect(12)
    assert reorder.waiting
    assert reorder.give_up() == []
    assert reorder.head == 12


def test_too_many_held_frames_are_given_up():
    reorder = Reorder(0)
    held = [reorder.offer(frame(number, number)) for number in range(2, HELD_FRAMES + 3)]
    assert held[:-1] == [[]] * HELD_FRAMES
    assert reorder.head == HELD_FRAMES + 2


def test_held_frame_that_was_overtaken_is_forgotten():
    reorder = Reorder(10)
    reorder.offer(frame(12, 13))
    assert spans(reorder.offer(frame(11, 14))) == [(11, 14)]
    assert reorder.give_up() == []


@given(st.permutations(range(1, 31)), st.sets(st.integers(1, 30)))
def test_any_disorder_comes_out_in_order_and_once(arrival, lost):
    reorder, shown = Reorder(0), []
    for number in arrival:
        if number not in lost:
            shown += reorder.offer(frame(number, number))
    shown += reorder.give_up()
    assert [each.first for each in shown] == [number for number in range(1, 31) if number not in lost]
