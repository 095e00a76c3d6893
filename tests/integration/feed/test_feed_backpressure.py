"""A client is sent no more than it takes in."""

from monitor.feed.limits import Limits
from tests.integration.feed.sockets import FeedSocket, numbers_of
from tests.unit.feed.rows import FAILED


async def test_nothing_is_sent_beyond_the_window_until_it_is_acknowledged(token, worker):
    async with FeedSocket(token, limits=Limits(window_rows=10, heartbeat_seconds=0.02)) as socket:
        await socket.subscribe()
        worker.record(10)
        await socket.until(10)
        worker.record(5)
        await socket.heartbeat_with(15)
        await socket.send(t="ack", to=10)
        assert numbers_of(await socket.until(15)) == [11, 12, 13, 14, 15]


async def test_gap_must_be_acknowledged_like_rows(short_log, token, worker):
    await worker.log(60)
    await worker.log(110)
    async with FeedSocket(token, limits=Limits(unacked_seconds=0.1, blocked_seconds=0.1)) as socket:
        await socket.subscribe(cursor=0, filter={"status": ["FAILED"]})
        assert (await socket.receive())["t"] == "gap"
        assert await socket.closed() == 4008


async def test_window_that_stays_used_up_closes_with_4008(token, worker):
    limits = Limits(window_rows=10, blocked_seconds=0.1)
    async with FeedSocket(token, limits=limits) as socket:
        await socket.subscribe()
        worker.record(10)
        await socket.until(10)
        worker.record()
        assert await socket.closed() == 4008


async def test_silent_client_closes_with_4008(token, worker):
    async with FeedSocket(token, limits=Limits(unacked_seconds=0.1, blocked_seconds=0.1)) as socket:
        await socket.subscribe()
        worker.record()
        assert await socket.closed() == 4008


async def test_client_that_has_nothing_to_acknowledge_stays(token, worker):
    limits = Limits(unacked_seconds=0.05, blocked_seconds=0.05, empty_batch_seconds=0.02, heartbeat_seconds=0.2)
    async with FeedSocket(token, limits=limits) as socket:
        await socket.subscribe(filter={"status": ["FAILED"]})
        worker.record(3)
        assert (await socket.receive())["n"] == 0
        assert [(await socket.receive_any())["t"] for _ in range(2)] == ["hb", "hb"]


async def test_slow_client_is_spared_the_successes_and_told_how_many(token, worker):
    limits = Limits(window_rows=10, shed_rows=50, heartbeat_seconds=0.02)
    async with FeedSocket(token, limits=limits) as socket:
        await socket.subscribe()
        worker.record(10)
        await socket.until(10)
        worker.record(40)
        worker.record(5, **FAILED)
        worker.record(40)
        await socket.heartbeat_with(95)
        await socket.send(t="ack", to=10)
        batch = await socket.receive()
    assert (batch["from"], batch["n"], numbers_of([batch])) == (11, 5, [51, 52, 53, 54, 55])
    assert batch["to"] - batch["from"] + 1 == batch["n"] + batch["dropped"]


async def test_what_was_missed_before_is_never_shed(token, worker):
    await worker.log(100)
    async with FeedSocket(token, limits=Limits(shed_rows=10)) as socket:
        await socket.subscribe(cursor=0)
        assert numbers_of(await socket.until(100)) == list(range(1, 101))


async def test_slow_client_is_told_what_left_the_log_meanwhile(short_log, token, worker):
    limits = Limits(window_rows=10, heartbeat_seconds=0.02)
    async with FeedSocket(token, limits=limits) as socket:
        await socket.subscribe()
        worker.record(10)
        await socket.until(10)
        for _ in range(22):  # more than a process keeps in memory
            worker.record(200)
        await socket.heartbeat_with(4410)
        await socket.send(t="ack", to=10)
        gap = await socket.receive()
    assert (gap["t"], gap["from"], gap["reason"]) == ("gap", 11, "slow")
    assert gap["n"] == gap["to"] - gap["from"] + 1
