"""With the queue away, rows are delivered all the same; with the dispatcher gone, the process says so."""

import threading

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from project import worker_process
from tests.factories import make_subscription, make_tenant, publish_payment
from tests.integration.dispatching.running import ended, eventually
from webhooks import dispatching
from webhooks.dispatching.fair_queue import FairQueue
from webhooks.models import Delivery
from webhooks.tasks import huey


@pytest.fixture
def queue_away(monkeypatch):
    """Every call to the queue's storage fails, as with its server gone."""

    def away(*_args, **_options):
        raise RedisConnectionError("the queue is away")

    for name in ("enqueue", "dequeue", "dequeue_more", "add_to_schedule", "read_schedule"):
        monkeypatch.setattr(huey.storage, name, away)


def test_publishing_and_retrying_go_on_while_the_queue_is_away(worker, queue_away, receiving):
    receiver = receiving({"/hook": [500, 200]})
    tenant = make_tenant()
    make_subscription(tenant, url=receiver.url("/hook"), retry_schedule=[0.05])
    publish_payment(tenant)
    assert ended(Delivery.objects.get()) == ["DELIVERED"]
    assert [request.attempt for request in receiver.requests] == [1, 2]


def test_worker_uses_the_queue_again_when_it_is_back(wakeups_only, start_worker, receiver):
    with pytest.MonkeyPatch.context() as patching:
        patching.setattr(huey.storage, "dequeue", lambda: 1 / 0)
        start_worker()
        tenant = make_tenant()
        make_subscription(tenant, url=receiver.url())
        publish_payment(tenant)
    assert ended(Delivery.objects.get()) == ["DELIVERED"]


def test_dispatcher_that_breaks_leaves_no_process_that_seems_alive(monkeypatch, start_worker, caplog):
    worker = start_worker()
    assert worker.alive
    monkeypatch.setattr(FairQueue, "take", lambda *_args: 1 / 0)
    eventually(lambda: not worker.alive)
    assert "dispatcher_died" in caplog.text
    worker.stop()


def threads(prefix):
    return {thread for thread in threading.enumerate() if thread.name.startswith(prefix)}


def test_start_that_fails_says_why_and_leaves_no_thread(settings, start_worker):
    settings.WEBHOOK_ALLOWED_NETWORKS = None
    with pytest.raises(TypeError):
        start_worker()
    eventually(lambda: not threads("dispatcher") and not threads("Worker-"))


def test_consumer_thread_that_died_is_replaced(monkeypatch, wakeups_only, start_worker, receiver):
    monkeypatch.setattr(worker_process, "HEALTH_SECONDS", 0.05)
    start_worker()
    first, dispatcher = threads("Worker-"), dispatching.running()
    dispatching.set_running(None)
    eventually(lambda: not first & threads("Worker-"))
    dispatching.set_running(dispatcher)
    tenant = make_tenant()
    make_subscription(tenant, url=receiver.url())
    publish_payment(tenant)
    assert ended(Delivery.objects.get()) == ["DELIVERED"]
