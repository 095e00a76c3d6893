"""Whose logs give way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feed.log.room import level


@pytest.mark.parametrize(
    ("sizes", "limit", "most"),
    [
        ([], 10, None),
        ([3, 4], 7, None),
        ([3, 5], 7, 4),
        ([1, 9, 9], 11, 5),
        ([9, 1, 9], 11, 5),
        ([5, 5, 5], 4, 1),
        ([5], 0, 0),
    ],
)
def test_the_largest_give_way_first(sizes, limit, most):
    assert level(sizes, limit) == most


@given(sizes=st.lists(st.integers(0, 50), max_size=20), limit=st.integers(0, 300))
def test_what_is_left_fits_and_is_all_that_does(sizes, limit):
    most = level(sizes, limit)
    if most is None:
        assert sum(sizes) <= limit
    else:
        assert sum(min(size, most) for size in sizes) <= limit
        assert sum(min(size, most + 1) for size in sizes) > limit
