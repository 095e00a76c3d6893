from uuid import uuid4

import pytest

from webhooks import tasks
from webhooks.dispatching.refs import Ref


@pytest.fixture
def clock(monkeypatch):
    seconds = [100.0]
    monkeypatch.setattr(tasks.time, "monotonic", lambda: seconds[0])
    return seconds


def test_queue_that_is_away_is_left_alone_for_a_while(monkeypatch, clock):
    tried = []

    def hanging(refs, *_second):
        tried.append(refs)
        raise ConnectionError("no answer in 2 s")

    monkeypatch.setattr(tasks, "deliver", hanging)
    monkeypatch.setattr(tasks, "deliver_at", hanging)
    waker, refs = tasks.Waker(), [Ref(uuid4(), uuid4(), uuid4(), 0.0)]
    waker.wake(refs)
    waker.wake(refs)
    waker.wake(refs, 4711)
    assert len(tried) == 1
    clock[0] += tasks.AWAY_SECONDS
    waker.wake(refs, 4711)
    assert len(tried) == 2
