"""`metrics`: once a second, all attempts, and for staff the whole system."""

import itertools
import json
import threading
from collections import Counter
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from prometheus_client.mmap_dict import MmapedDict, mmap_key

from monitor.feed import tenant_metrics
from monitor.feed.limits import Limits
from monitor.feed.tenant_feed import TenantFeed
from monitor.feed.tenant_metrics import TenantMetrics
from tenancy.ids import new_id
from tests import factories
from tests.integration.feed.sockets import FeedSocket
from tests.integration.feed.test_feed_access import ORIGIN, signed_in
from tests.unit.feed.rows import FAILED

CONTRACT = Path(__file__).parents[2] / "contract"


def keys_of(name):
    return json.loads((CONTRACT / f"feed_{name}.json").read_text()).keys()


@pytest.fixture
def staff_cookie(transactional_db):
    return signed_in(User.objects.create_user("staff@example.com", is_staff=True))


class Counters:
    """What a worker has counted so far, as it keeps it in the files of its slot."""

    def __init__(self, folder):
        folder.mkdir()
        self._file = MmapedDict(str(folder / "counter_slot0.db"))

    def close(self):
        self._file.close()

    def set(self, name, value, **labels):
        self._file.write_value(mmap_key(name, f"{name}_total", list(labels), list(labels.values()), ""), value, 0)


@pytest.fixture
def counters(settings, tmp_path):
    settings.METRICS_DIR = tmp_path / "metrics"
    counters = Counters(settings.METRICS_DIR)
    yield counters
    counters.close()


async def added_up(socket, attempts):
    """Messages until so many attempts were counted."""
    messages = []
    while sum(message["attempts"] for message in messages) < attempts:
        messages.append(await socket.metrics())
    return messages


async def test_metrics_come_while_nothing_happens(token):
    async with FeedSocket(token) as socket:
        await socket.subscribe()
        one, other = await socket.metrics(), await socket.metrics()
    assert one.keys() == keys_of("metrics")
    assert (one["attempts"], one["outcomes"], one["at"] % 1000) == (0, {}, 0)
    assert other["at"] - one["at"] == 1000 * other["seconds"]


async def test_nothing_comes_before_sub(token):
    async with FeedSocket(token) as other, FeedSocket(token) as socket:
        await other.subscribe()
        assert (await socket.receive())["t"] == "hello"
        await other.metrics()
        await other.metrics()
        await socket.send(t="ping")
        assert json.loads((await socket.output())["text"])["t"] == "hb"


async def test_seconds_add_up_to_the_attempts_whatever_is_lost_or_filtered(token, worker):
    async with FeedSocket(token) as socket:
        await socket.subscribe(filter={"status": ["DELIVERED"]})
        await socket.metrics()
        worker.record(300)
        await worker.log(20)  # lost in the channel layer
        worker.record(3, **FAILED)
        messages = await added_up(socket, 323)
    assert sum(message["attempts"] for message in messages) == 323
    assert sum(message["outcomes"].get("http_5xx", 0) for message in messages) == 3
    assert sum(message["retries"].get("http_5xx", 0) for message in messages) == 3
    assert sum(sum(message["durations"]) for message in messages) == 323


async def test_what_was_there_before_the_socket_is_not_counted(token, worker):
    await worker.log(5)
    async with FeedSocket(token) as socket:
        await socket.subscribe(cursor=0)
        worker.record(1)
        assert sum(message["attempts"] for message in await added_up(socket, 1)) == 1


async def test_log_that_began_anew_is_counted_from_its_beginning(on_redis, token, worker):
    async with FeedSocket(token) as socket:
        await socket.subscribe()
        worker.record(3)
        await socket.until(3)
        on_redis.stop()
        worker.record(2)
        on_redis.start()
        assert (await socket.receive())["t"] == "reset"
        assert sum(message["attempts"] for message in await added_up(socket, 2)) in (2, 5)


async def test_sockets_of_a_tenant_are_told_the_same(token, worker):
    async with FeedSocket(token) as one, FeedSocket(token) as other:
        await one.subscribe()
        await other.subscribe()
        worker.record(5)
        told = [
            {message["at"]: message for message in [await each.metrics() for _ in range(3)]} for each in (one, other)
        ]
    common = told[0].keys() & told[1].keys()
    assert common
    assert all(told[0][at] == told[1][at] for at in common)


async def test_client_that_acknowledges_nothing_is_sent_none(token, worker):
    async with FeedSocket(token) as watcher, FeedSocket(token, limits=Limits(window_rows=10)) as socket:
        await watcher.subscribe()
        await socket.subscribe()
        worker.record(10)
        await socket.until(10)
        latest = [await watcher.metrics() for _ in range(3)][-1]
        await socket.send(t="ack", to=10)
        assert (await socket.metrics())["at"] > latest["at"]


async def test_backlog_is_the_tenants(token, tenant, transactional_db):
    subscription = await sync_to_async(factories.make_subscription)(tenant=tenant)
    for number in range(3):
        status = "PENDING" if number else "DELIVERED"
        await sync_to_async(factories.make_delivery)(subscription, status=status)
    await sync_to_async(factories.make_delivery)()  # somebody else's
    async with FeedSocket(token) as socket:
        await socket.subscribe()
        while (backlog := (await socket.metrics())["backlog"]) is None:
            pass
    assert backlog.keys() == {"waiting", "held", "oldest_pending_at"}
    assert (backlog["waiting"], backlog["held"]) == (2, 0)
    assert backlog["oldest_pending_at"] > 1.7e12


async def test_database_that_does_not_answer_holds_up_nothing(monkeypatch):
    monkeypatch.setattr(tenant_metrics, "BACKLOG_SECONDS", 0.1)
    monkeypatch.setattr(tenant_metrics, "BACKLOG_DEADLINE_SECONDS", 0.1)
    answer = threading.Event()
    asked = itertools.count()

    def find(tenant_id):
        if next(asked):
            answer.wait()
        return {"waiting": 7}

    feed = TenantFeed(new_id())
    feed.metrics = TenantMetrics(feed, find_backlog=find)
    await feed.start()
    try:
        await until_backlog(feed, None)
        answer.set()
        await until_backlog(feed, {"waiting": 7})
    finally:
        answer.set()
        await feed.stop()


async def until_backlog(feed, wanted):
    """Messages keep coming meanwhile."""
    while json.loads(await feed.metrics.next(staff=False))["backlog"] != wanted:
        pass


async def test_staff_are_told_about_the_whole_system(tenant, staff_cookie, counters):
    counters.set("webhook_deliveries", 100, event="payment.received", status="success")
    counters.set("webhook_deliveries", 10, event="payment.received", status="failed")
    async with FeedSocket(None, path=f"/ws/v1/feed?tenant={tenant.slug}", cookie=staff_cookie, origin=ORIGIN) as socket:
        await socket.subscribe()
        while (message := await socket.metrics())["system"] is None:
            pass
        assert message["system"] == {"attempts": 0, "failed": 0, "retries": 0}
        assert message.keys() == keys_of("metrics_staff")
        counters.set("webhook_deliveries", 105, event="payment.received", status="success")
        counters.set("webhook_deliveries", 13, event="invoice.sent", status="failed")
        counters.set("webhook_retries", 2, event="payment.received", reason="http_5xx")
        seen = Counter()
        while seen["retries"] < 2:
            seen.update((await socket.metrics())["system"])
    assert seen == {"attempts": 18, "failed": 13, "retries": 2}


async def test_nobody_else_is_told_about_the_system(tenant, token, staff_cookie, counters):
    """Not even while somebody of the staff watches the same tenant."""
    path = f"/ws/v1/feed?tenant={tenant.slug}"
    async with FeedSocket(None, path=path, cookie=staff_cookie, origin=ORIGIN) as staff, FeedSocket(token) as socket:
        await staff.subscribe()
        await socket.subscribe()
        assert "system" in await staff.metrics()
        for _ in range(2):
            assert "system" not in await socket.metrics()
