"""Clients are told how many attempts the feed's log never got, and where."""

import asyncio

import pytest

from monitor.feed import broadcasting, tenant_feed
from monitor.feed.broadcasting import TENANT_ROWS, Broadcaster
from monitor.feed.limits import Limits
from monitor.feed.log import Lost, feed_log
from tenancy.ids import new_id
from tests.integration.feed.sockets import FeedSocket, numbers_of
from tests.unit.feed.rows import attempt


@pytest.fixture(autouse=True)
def looking_often(monkeypatch):
    monkeypatch.setattr(tenant_feed, "POLL_SECONDS", 0.05)


@pytest.fixture
def lose(tenant):
    """Announce so many attempts of the tenant as never logged."""
    lost = 0

    async def lose(n):
        nonlocal lost
        lost += n
        assert await feed_log().add_unlogged(tenant.id, Lost("gone", ((lost, n),))) == n

    return lose


def gap(cursor, n):
    return {"t": "gap", "from": cursor + 1, "to": cursor, "n": n, "reason": "unlogged"}


async def test_watching_client_is_told_once_and_goes_on(token, worker, lose):
    async with FeedSocket(token) as socket:
        await socket.subscribe()
        worker.record(3)
        await socket.until(3)
        await lose(5)
        assert await socket.receive() == gap(3, 5)
        worker.record(2)
        assert numbers_of([await socket.receive()]) == [4, 5]
        await lose(1)
        assert await socket.receive() == gap(5, 1)


async def test_client_without_a_cursor_is_told_only_what_is_found_after_hello(token, worker, lose):
    await worker.log(3)
    await lose(5)
    async with FeedSocket(token) as socket:
        await socket.receive()
        await lose(2)
        await socket.send(t="sub")
        assert await socket.receive() == gap(3, 2)


async def test_client_that_comes_back_is_told_what_was_found_meanwhile_in_its_place(token, worker, lose):
    await worker.log(2)
    await lose(1)
    await worker.log(2)
    await lose(4)
    await worker.log(2)
    await lose(8)
    async with FeedSocket(token) as socket:
        await socket.subscribe(cursor=3)
        messages = await socket.until(6)
        messages.append(await socket.receive())
    assert messages[1::2] == [gap(4, 4), gap(6, 8)]
    assert numbers_of(messages[::2]) == [4, 5, 6]


async def test_what_was_found_at_the_cursor_is_told_again(token, worker, lose):
    await worker.log(2)
    await lose(4)
    async with FeedSocket(token) as socket:
        await socket.subscribe(cursor=2)
        assert await socket.receive() == gap(2, 4)


async def test_it_needs_no_acknowledgement_and_takes_one(token, worker, lose):
    limits = Limits(unacked_seconds=0.05, blocked_seconds=0.05, heartbeat_seconds=0.2)
    async with FeedSocket(token, limits=limits) as socket:
        await socket.subscribe()
        await lose(4)
        assert await socket.receive() == gap(0, 4)
        assert [(await socket.receive_any())["t"] for _ in range(2)] == ["hb", "hb"]
        await socket.send(t="ack", to=0)
        await lose(2)
        assert await socket.receive() == gap(0, 2)


async def test_rows_that_are_being_gathered_come_first(token, worker, lose):
    async with FeedSocket(token, limits=Limits(heartbeat_seconds=0.02)) as socket:
        await socket.subscribe(frame_ms=5000)
        worker.record(2)
        await socket.heartbeat_with(2)
        await lose(4)
        batch, told = await socket.receive(), await socket.receive()
    assert (batch["from"], batch["to"], told) == (1, 2, gap(2, 4))


async def test_blocked_client_is_told_when_it_takes_something_in(token, worker, lose):
    async with FeedSocket(token, limits=Limits(window_rows=10, heartbeat_seconds=0.02)) as socket:
        await socket.subscribe()
        worker.record(10)
        await socket.until(10)
        await lose(4)
        worker.record(1)
        await socket.heartbeat_with(11)
        await socket.send(t="ack", to=10)
        told = [await socket.receive() for _ in range(2)]
    assert gap(10, 4) in told or gap(11, 4) in told


async def test_after_a_reset_those_of_the_new_numbers_are_told(on_redis, token, worker, lose):
    async with FeedSocket(token) as socket:
        await socket.subscribe()
        await lose(3)
        assert await socket.receive() == gap(0, 3)
        worker.record(3)
        await socket.until(3)
        on_redis.stop()
        on_redis.start()
        assert (await socket.receive())["t"] == "reset"
        await lose(2)
        assert await socket.receive() == gap(0, 2)


@pytest.fixture
async def broadcaster():
    broadcaster = Broadcaster(asyncio.get_running_loop())
    await broadcaster.start()
    yield broadcaster
    await broadcaster.stop()


async def announced(tenant_id):
    return [each.n for each in (await feed_log().bounds(tenant_id)).unlogged]


async def eventually_announced(tenant_id, attempts):
    while sum(await announced(tenant_id)) < attempts:
        await asyncio.sleep(0.02)


async def test_what_was_given_up_while_there_was_too_much_is_announced(broadcaster):
    one, other = new_id(), new_id()
    broadcaster.receive([attempt(one)] * (TENANT_ROWS + 500) + [attempt(other)])
    await eventually_announced(one, 500)
    await broadcaster.stop()
    assert (await announced(one), await announced(other)) == ([500], [])
    assert (await feed_log().bounds(one)).head == TENANT_ROWS


async def test_what_was_given_up_while_redis_was_away_is_announced_when_it_is_back(on_redis, monkeypatch):
    monkeypatch.setattr(broadcasting, "TENANT_ROWS", 100)
    tenant_id = new_id()
    broadcaster = Broadcaster(asyncio.get_running_loop())
    await broadcaster.start()
    on_redis.stop()
    for _ in range(3):
        broadcaster.receive([attempt(tenant_id)] * 100)
        await asyncio.sleep(0.15)
    on_redis.start()
    await broadcaster.stop()
    head = (await feed_log().bounds(tenant_id)).head
    assert sum(await announced(tenant_id)) == broadcaster.lost > 0
    assert head + broadcaster.lost == 300


async def test_what_is_given_up_during_an_announcement_is_announced_next(broadcaster, monkeypatch):
    monkeypatch.setattr(broadcasting, "ALL_ROWS", 0)
    tenant_id, announce = new_id(), broadcaster._log.add_unlogged
    more = [attempt(tenant_id)] * 2

    async def add_unlogged(tenant_id, lost):
        added = await announce(tenant_id, lost)
        broadcaster._take([more.pop() for _ in list(more)])
        return added

    monkeypatch.setattr(broadcaster._log, "add_unlogged", add_unlogged)
    broadcaster.receive([attempt(tenant_id)] * 3)
    await eventually_announced(tenant_id, 3)
    await broadcaster.stop()
    assert await announced(tenant_id) == [3, 2]
