"""Frames get lost and Redis restarts; a client is told everything all the same, or told what it was not."""

import redis

from monitor.feed.limits import Limits
from tests.integration.feed.sockets import FeedSocket, numbers_of


async def test_lost_frame_is_read_from_the_log(token, worker):
    async with FeedSocket(token) as socket:
        await socket.subscribe()
        await worker.log(2)
        worker.record(2)
        assert numbers_of(await socket.until(4)) == [1, 2, 3, 4]


async def test_lost_last_frame_is_noticed(token, worker):
    async with FeedSocket(token) as socket:
        await socket.subscribe()
        await worker.log(2)
        assert numbers_of(await socket.until(2)) == [1, 2]


async def test_lost_frame_is_filtered_like_any_other(token, worker):
    async with FeedSocket(token, limits=Limits(empty_batch_seconds=0.05)) as socket:
        await socket.subscribe(filter={"event": ["invoice.sent"]})
        await worker.log(2)
        await worker.log(1, event="invoice.sent")
        worker.record(2)
        assert numbers_of(await socket.until(5)) == [3]


async def test_every_frame_comes_through_redis_once_and_in_order(on_redis, token, worker):
    async with FeedSocket(token) as socket:
        await socket.subscribe()
        for _ in range(20):
            worker.record(100)
        assert numbers_of(await socket.until(2000)) == list(range(1, 2001))


async def test_restart_of_redis_resets_the_feed_and_loses_nothing_that_follows(on_redis, token, worker):
    async with FeedSocket(token) as socket:
        hello = await socket.subscribe()
        worker.record(3)
        await socket.until(3)
        on_redis.stop()
        worker.record(2)
        on_redis.start()
        reset = await socket.receive()
        after = await socket.until(2)
        worker.record(1)
        after += await socket.until(3)
    assert (reset["t"], reset["head"]) == ("reset", 0)
    assert reset["epoch"] != hello["epoch"]
    assert numbers_of(after) == [1, 2, 3]


async def test_log_that_was_lost_behind_our_back_resets_the_feed(on_redis, token, worker):
    async with FeedSocket(token) as socket:
        await socket.subscribe()
        worker.record(3)
        await socket.until(3)
        with redis.Redis.from_url(on_redis.url) as client:
            client.flushall()
        await worker.log(3)
        worker.record(2)  # of the new numbers, and yet it would fit the old ones
        assert (await socket.receive())["t"] == "reset"
        assert numbers_of(await socket.until(5)) == [1, 2, 3, 4, 5]


async def test_cursor_from_before_a_restart_of_redis_is_reset(on_redis, token, worker):
    async with FeedSocket(token) as socket:
        before = await socket.subscribe()
        worker.record(3)
        await socket.until(3)
    on_redis.stop()
    on_redis.start()
    async with FeedSocket(token) as socket:
        await socket.output()  # may be 4503: its connections to Redis were closed
    async with FeedSocket(token) as socket:
        after = await socket.subscribe(cursor=3, epoch=before["epoch"])
        assert await socket.receive() == {"t": "reset", "epoch": after["epoch"], "head": 0}


async def test_sockets_open_again_once_redis_is_back(on_redis, token):
    on_redis.stop()
    async with FeedSocket(token) as socket:
        assert await socket.closed() == 4503
    on_redis.start()
    async with FeedSocket(token) as socket:
        assert (await socket.receive())["t"] == "hello"
