"""The feed's log is bounded over all tenants, and a client whose numbers went is told."""

import asyncio
from uuid import uuid4

import pytest
import redis

from monitor.feed import broadcasting
from monitor.feed.broadcasting import Broadcaster
from monitor.feed.log import IDLE_SECONDS, FeedLogUnavailableError, Piece, feed_log
from monitor.feed.log.memory import MemoryFeedLog
from monitor.feed.log.redis_room import LOCK, TENANTS, stream_key
from monitor.feed.log.redis_streams import RedisFeedLog
from tests.integration.feed.sockets import FeedSocket, numbers_of
from tests.servers import free_port
from tests.unit.feed.rows import rows_json

KEEP = 1_000_000
FRAME_ROWS = 50
FRAME = rows_json(FRAME_ROWS)


async def fill(log, tenant_id, frames):
    for number in range(1, frames + 1):
        await log.append(tenant_id, Piece("w1", number, FRAME, FRAME_ROWS, number * FRAME_ROWS))


async def kept(log, tenant_id):
    """How many frames there are, of how many there were."""
    bounds = await log.bounds(tenant_id)
    return (bounds.head - bounds.oldest + 1) // FRAME_ROWS, bounds.head // FRAME_ROWS


@pytest.fixture
def memory_log():
    return MemoryFeedLog(KEEP, 10 * len(FRAME))


@pytest.fixture
def on_empty_redis(redis_server):
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
        yield client


@pytest.fixture
async def make_log(redis_server, on_empty_redis):
    """A log in Redis that may take so many bytes."""
    logs = []

    def make(limit):
        logs.append(RedisFeedLog(redis_server.url, KEEP, limit))
        return logs[-1]

    yield make
    for log in logs:
        await log.aclose()


async def test_memory_is_bounded_exactly(memory_log):
    tenant_id = uuid4()
    await fill(memory_log, tenant_id, 10)
    assert await kept(memory_log, tenant_id) == (10, 10)
    await memory_log.append(tenant_id, Piece("w2", 1, rows_json(1), 1, 1))
    assert (await memory_log.bounds(tenant_id)).oldest == FRAME_ROWS + 1


async def test_large_logs_in_memory_give_way_and_small_ones_stay(memory_log):
    large, medium, small = uuid4(), uuid4(), uuid4()
    await fill(memory_log, large, 8)
    await fill(memory_log, small, 1)
    await fill(memory_log, medium, 5)
    assert [await kept(memory_log, each) for each in (large, medium, small)] == [(4, 8), (5, 5), (1, 1)]


async def test_frame_larger_than_all_memory_is_numbered_and_not_kept(memory_log):
    tenant_id = uuid4()
    frame = await memory_log.append(tenant_id, Piece("w1", 1, FRAME * 11, FRAME_ROWS, FRAME_ROWS))
    bounds = await memory_log.bounds(tenant_id)
    assert (frame.last, bounds.oldest, bounds.head) == (FRAME_ROWS, FRAME_ROWS + 1, FRAME_ROWS)


async def test_what_was_forgotten_makes_room_in_memory():
    seconds = [0.0]
    log = MemoryFeedLog(KEEP, 10 * len(FRAME), clock=lambda: seconds[0])
    await fill(log, uuid4(), 10)
    seconds[0] = IDLE_SECONDS + 1
    tenant_id = uuid4()
    await fill(log, tenant_id, 10)
    assert await kept(log, tenant_id) == (10, 10)


def sizes(client, *tenants):
    return [client.memory_usage(stream_key(tenant_id.hex), samples=0) for tenant_id in tenants]


async def test_large_logs_in_redis_give_way_and_small_ones_stay(make_log, on_empty_redis):
    large, medium, small = uuid4(), uuid4(), uuid4()
    limit = 30 * len(FRAME)
    log = make_log(limit)
    for tenant_id, frames in ((large, 40), (medium, 20), (small, 4)):
        await fill(log, tenant_id, frames)
    before = sizes(on_empty_redis, large, medium, small)
    assert sum(before) > limit
    await log.make_room()
    after = sizes(on_empty_redis, large, medium, small)
    assert limit * 0.8 < sum(after) <= limit
    assert after[2] == before[2]
    frames = [(await kept(log, tenant_id))[0] for tenant_id in (large, medium)]
    assert abs(frames[0] - frames[1]) <= 1
    assert (await log.read(large, 0, 1)).frames[0].first == (await log.bounds(large)).oldest


async def test_logs_that_fit_are_left_alone(make_log):
    log, tenant_id = make_log(100 * len(FRAME)), uuid4()
    await fill(log, tenant_id, 20)
    await log.make_room()
    assert await kept(log, tenant_id) == (20, 20)


async def test_one_worker_at_a_time_makes_room(make_log, on_empty_redis):
    log, tenant_id = make_log(len(FRAME)), uuid4()
    await fill(log, tenant_id, 20)
    on_empty_redis.set(LOCK, 1, px=60_000)
    await log.make_room()
    assert await kept(log, tenant_id) == (20, 20)
    on_empty_redis.delete(LOCK)
    await log.make_room()
    assert (await kept(log, tenant_id))[0] < 20
    assert 0 < on_empty_redis.pttl(LOCK) <= 10_000


async def test_tenant_without_a_log_is_not_asked_for_again(make_log, on_empty_redis):
    log, tenant_id, other = make_log(len(FRAME)), uuid4(), uuid4()
    await fill(log, tenant_id, 1)
    await fill(log, other, 1)
    on_empty_redis.delete(stream_key(tenant_id.hex))
    await log.make_room()
    assert on_empty_redis.smembers(TENANTS) == {other.hex.encode()}


async def test_log_that_is_away_says_so():
    log = RedisFeedLog(f"redis://127.0.0.1:{free_port()}/0", KEEP, 1)
    with pytest.raises(FeedLogUnavailableError):
        await log.make_room()
    await log.aclose()


async def test_workers_make_room(on_redis, settings, monkeypatch):
    settings.FEED_LOG_BYTES = 5 * len(FRAME)
    monkeypatch.setattr(broadcasting, "SWEEP_SECONDS", 0.05)
    monkeypatch.setattr(broadcasting.orphans, "announce", lambda *_: asyncio.sleep(0))
    tenant_id = uuid4()
    await fill(feed_log(), tenant_id, 20)
    broadcaster = Broadcaster(asyncio.get_running_loop())
    await broadcaster.start()
    with redis.Redis.from_url(on_redis.url) as client:
        client.delete(LOCK)
        while (await kept(feed_log(), tenant_id))[0] > 5:
            await asyncio.sleep(0.02)
    await broadcaster.stop()


async def test_client_whose_numbers_went_is_told(settings, token, tenant):
    settings.FEED_REDIS_URL = ""
    settings.FEED_LOG_BYTES = 5 * len(FRAME)
    await fill(feed_log(), tenant.id, 20)
    async with FeedSocket(token) as socket:
        await socket.subscribe(cursor=0)
        gap, *batches = await socket.until(20 * FRAME_ROWS)
    assert gap == {"t": "gap", "from": 1, "to": 15 * FRAME_ROWS, "n": 15 * FRAME_ROWS, "reason": "expired"}
    assert numbers_of(batches) == list(range(15 * FRAME_ROWS + 1, 20 * FRAME_ROWS + 1))


async def test_client_whose_numbers_went_from_redis_is_told(on_redis, settings, token, tenant):
    settings.FEED_LOG_BYTES = 5 * len(FRAME)
    await fill(feed_log(), tenant.id, 20)
    with redis.Redis.from_url(on_redis.url) as client:
        client.delete(LOCK)
    await feed_log().make_room()
    async with FeedSocket(token) as socket:
        await socket.subscribe(cursor=0)
        gap, *batches = await socket.until(20 * FRAME_ROWS)
    assert (gap["t"], gap["from"], gap["reason"]) == ("gap", 1, "expired")
    assert numbers_of(batches) == list(range(gap["to"] + 1, 20 * FRAME_ROWS + 1))


@pytest.mark.parametrize("rows", [[1] * 300 + [200] * 8, [200] * 8 + [1] * 300], ids=["small first", "large first"])
async def test_frames_of_different_sizes_give_way_as_far_as_they_must(make_log, on_empty_redis, rows):
    """A burst and then little, or the other way round."""
    limit, tenant_id = 200_000, uuid4()
    log = make_log(limit)
    for number, count in enumerate(rows, 1):
        await log.append(tenant_id, Piece("w1", number, rows_json(count), count, 0))
    await log.make_room()
    (size,) = sizes(on_empty_redis, tenant_id)
    assert limit - 50_000 <= size <= limit  # a large frame takes 41,000


async def test_logs_that_gave_way_are_forgotten_in_time(make_log, on_empty_redis):
    log, tenant_id = make_log(5 * len(FRAME)), uuid4()
    await fill(log, tenant_id, 20)
    await log.make_room()
    assert 0 < on_empty_redis.ttl(stream_key(tenant_id.hex)) <= IDLE_SECONDS
