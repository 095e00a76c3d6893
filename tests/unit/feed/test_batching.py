import orjson

from monitor.feed.batching import PendingBatch
from monitor.feed.limits import MAX_BATCH_ROWS
from tests.unit.feed.rows import row


def rows(first: int, last: int):
    return [row(seq) for seq in range(first, last + 1)]


def test_nothing_gathered_is_never_due():
    assert PendingBatch(0, 2).due_in(100) is None


def test_rows_are_due_at_once_without_frame_ms():
    batch = PendingBatch(0, 2)
    batch.add(5, 6, rows(5, 6), 0, now=100)
    assert batch.due_in(100) == 0


def test_rows_are_gathered_for_the_time_of_a_frame():
    batch = PendingBatch(0.5, 2)
    batch.add(5, 6, rows(5, 6), 0, now=100)
    batch.add(7, 8, rows(7, 8), 0, now=100.4)
    assert batch.due_in(100.25) == 0.25
    assert batch.due_in(101) == 0


def test_interval_without_a_match_may_wait_longer():
    batch = PendingBatch(0, 2)
    batch.add(5, 6, [], 0, now=100)
    assert batch.due_in(100) == 2
    batch.add(7, 7, rows(7, 7), 0, now=101)
    assert batch.due_in(101) == 0


def test_shed_rows_are_news_like_rows():
    batch = PendingBatch(0, 2)
    batch.add(5, 6, [], dropped=2, now=100)
    assert batch.due_in(100) == 0


def test_full_batch_is_due_before_its_time():
    batch = PendingBatch(5, 2)
    batch.add(1, MAX_BATCH_ROWS, rows(1, MAX_BATCH_ROWS), 0, now=100)
    assert batch.full
    assert batch.due_in(100) == 0


def test_room_ends_at_the_most_rows_of_a_message():
    batch = PendingBatch(0, 2)
    batch.add(1, 900, rows(1, 900), 0, now=100)
    assert batch.has_room(MAX_BATCH_ROWS - 900)
    assert not batch.has_room(MAX_BATCH_ROWS - 899)


def test_message_covers_everything_that_was_examined():
    batch = PendingBatch(0, 2)
    batch.add(5, 9, rows(6, 7), 1, now=100)
    batch.add(10, 12, [], 2, now=100)
    message = orjson.loads(batch.take())
    assert [message[key] for key in ("from", "to", "n", "dropped")] == [5, 12, 2, 3]
    assert [each[0] for each in message["r"]] == [6, 7]


def test_taking_begins_anew():
    batch = PendingBatch(0, 2)
    batch.add(5, 6, rows(5, 6), 1, now=100)
    batch.take()
    assert batch.due_in(200) is None
    batch.add(7, 7, rows(7, 7), 0, now=200)
    message = orjson.loads(batch.take())
    assert (message["from"], message["n"], message["dropped"]) == (7, 1, 0)
