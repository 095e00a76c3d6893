"""Huey's worker thread, one turn of its loop at a time, on a real queue."""

from __future__ import annotations

import pickle
import threading
from uuid import uuid4

import pytest
from huey.serializer import SignedSerializer

from project.huey_app import DeliveryHuey, SqliteQueue
from webhooks import dispatching
from webhooks.dispatching.refs import Ref
from webhooks.dispatching.worker import MESSAGES_AT_ONCE, DispatchWorker


class Taking:
    """What a dispatcher is to the worker."""

    def __init__(self) -> None:
        self.taken: list[Ref] = []
        self.full = False

    def offer(self, refs) -> None:
        self.taken.extend(refs)


@pytest.fixture
def dispatcher():
    taking = Taking()
    dispatching.set_running(taking)
    yield taking
    dispatching.set_running(None)


@pytest.fixture
def huey(tmp_path):
    serializer = SignedSerializer(secret="right", salt="huey")
    huey = DeliveryHuey(
        "tests", storage_class=SqliteQueue, filename=str(tmp_path / "q"), results=False, serializer=serializer
    )
    yield huey
    huey.storage.close()


@pytest.fixture
def deliver(huey):
    @huey.task(name="deliver")
    def deliver(refs):
        dispatching.running().offer(refs)

    return deliver


@pytest.fixture
def worker(huey):
    worker = DispatchWorker(huey, threading.Event(), 0.01, 0.01, 1)
    worker.stop_flag.wait = lambda _seconds: None
    return worker


def refs(count: int) -> list[Ref]:
    return [Ref(uuid4(), uuid4(), uuid4(), 0.0) for _ in range(count)]


def test_one_turn_takes_many_messages(deliver, worker, huey, dispatcher):
    sent = refs(MESSAGES_AT_ONCE + 5)
    for ref in sent:
        deliver([ref])
    worker.loop()
    assert dispatcher.taken == sent[:MESSAGES_AT_ONCE]
    worker.loop()
    assert dispatcher.taken == sent
    assert huey.pending_count() == 0


def test_message_of_many_ids_is_handed_over_whole(deliver, worker, dispatcher):
    sent = refs(100)
    deliver(sent)
    worker.loop()
    assert dispatcher.taken == sent


def test_message_that_raises_does_not_stop_the_others(deliver, worker, huey, dispatcher):
    before, after = refs(2)
    deliver([before])
    deliver(7)  # no list of refs
    huey.storage.enqueue(b"no message at all")
    deliver([after])
    worker.loop()
    assert dispatcher.taken == [before, after]


def test_other_tasks_run_the_stock_way(worker, huey, dispatcher):
    ran = []
    prune = huey.task(name="prune")(lambda: ran.append("pruned"))
    fail = huey.task(name="fail")(lambda: 1 / 0)
    fail()
    prune()
    worker.loop()
    assert ran == ["pruned"]


def test_full_dispatcher_leaves_messages_in_the_queue(deliver, worker, huey, dispatcher):
    dispatcher.full = True
    deliver(refs(1))
    worker.loop()
    assert (dispatcher.taken, huey.pending_count()) == ([], 1)
    dispatcher.full = False
    worker.loop()
    assert (len(dispatcher.taken), huey.pending_count()) == (1, 0)


def test_empty_or_unreachable_queue_does_not_end_the_loop(worker, huey, monkeypatch, dispatcher):
    def away():
        raise ConnectionError

    worker.loop()
    monkeypatch.setattr(huey.storage, "dequeue", away)
    worker.loop()


ran_by_pickle: list[str] = []


class Exploit:
    """Runs code in whoever unpickles it."""

    def __reduce__(self):
        return run_by_pickle, ()


def run_by_pickle() -> None:
    ran_by_pickle.append("ran")


def test_foreign_message_is_refused_before_it_is_unpickled(worker, huey, dispatcher):
    forged = SignedSerializer(secret="guessed", salt="huey")
    huey.storage.enqueue(pickle.dumps(Exploit()))
    huey.storage.enqueue(forged.serialize(Exploit()))
    huey.storage.enqueue(forged.serialize(Exploit()) + b":")
    worker.loop()
    assert (ran_by_pickle, dispatcher.taken, huey.pending_count()) == ([], [], 0)
    pickle.loads(pickle.dumps(Exploit()))  # noqa: S301  # what would have happened
    assert ran_by_pickle == ["ran"]


def test_process_without_a_dispatcher_says_who_delivers():
    with pytest.raises(RuntimeError, match="run_huey"):
        dispatching.running()
