"""The queue in use: SQLite when embedded, Redis in production."""

import time
from uuid import uuid4

import pytest

from tests.integration.dispatching.running import eventually, forget_messages
from webhooks import dispatching, tasks
from webhooks.dispatching.refs import Ref
from webhooks.tasks import huey


@pytest.fixture(autouse=True)
def empty_queue():
    forget_messages()
    yield
    forget_messages()


def refs(count):
    return [Ref(uuid4(), uuid4(), uuid4(), 0.0) for _ in range(count)]


def task_refs(messages):
    return [ref for message in messages for ref in huey.deserialize_task(message).args[0]]


def test_messages_come_in_order_and_several_at_once():
    sent = refs(5)
    for ref in sent:
        tasks.deliver([ref])
    assert task_refs(huey.storage.dequeue_more(3)) == sent[:3]
    assert task_refs(huey.storage.dequeue_more(50)) == sent[3:]
    assert huey.storage.dequeue_more(50) == []


def test_retry_waits_in_the_schedule_until_its_second():
    second = int(time.time())
    tasks.deliver_at(refs(1), second)
    tasks.deliver_at(refs(1), second + 3600)
    assert huey.pending_count() == 0
    assert [task.name for task in huey.read_schedule()] == ["deliver"]
    assert huey.scheduled_count() == 1


def test_delivering_leaves_no_results_in_the_queues_storage():
    class Taking:
        full = False
        taken: list[Ref] = []

        def offer(self, refs):
            self.taken.extend(refs)

    dispatching.set_running(Taking())
    try:
        tasks.deliver(refs(1))
        consumer = huey.create_consumer(workers=1, max_delay=0.05)
        consumer.start()
        eventually(lambda: Taking.taken)
        consumer.stop(graceful=True)
    finally:
        dispatching.set_running(None)
    assert huey.result_count() == 0
