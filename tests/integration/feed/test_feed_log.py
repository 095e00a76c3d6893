"""Both logs keep the same promises."""

from types import SimpleNamespace
from uuid import uuid4

import orjson
import pytest
import redis

from monitor.feed.log import IDLE_SECONDS, MAX_UNLOGGED, FeedLogUnavailableError, Lost, Piece
from monitor.feed.log.memory import MemoryFeedLog
from monitor.feed.log.redis_streams import RedisFeedLog
from tests.servers import free_port
from tests.unit.feed.rows import rows_json

KEEP = 10
LIMIT = 10_000_000


def piece(rows=1, number=1, writer="w1", through=0):
    return Piece(writer, number, rows_json(rows), rows, through)


@pytest.fixture(params=["memory", "redis"])
async def log(request, redis_server):
    log = MemoryFeedLog(KEEP, LIMIT) if request.param == "memory" else RedisFeedLog(redis_server.url, KEEP, LIMIT)
    yield log
    await log.aclose()


@pytest.fixture
async def redis_log(redis_server):
    log = RedisFeedLog(redis_server.url, KEEP, LIMIT)
    yield log
    await log.aclose()


@pytest.fixture
def tenant_id():
    return uuid4()


async def fill(log, tenant_id, *sizes):
    return [await log.append(tenant_id, piece(size, number)) for number, size in enumerate(sizes, 1)]


def spans(frames):
    return [(frame.first, frame.last) for frame in frames]


async def test_numbers_begin_at_1_and_have_no_holes(log, tenant_id):
    assert spans(await fill(log, tenant_id, 3, 1, 2)) == [(1, 3), (4, 4), (5, 6)]


async def test_every_tenant_is_numbered_by_itself(log, tenant_id):
    await fill(log, tenant_id, 3)
    (other,) = await fill(log, uuid4(), 2)
    assert (other.first, other.last) == (1, 2)


async def test_writers_share_the_numbers_of_a_tenant(log, tenant_id):
    await log.append(tenant_id, piece(2, writer="w1"))
    frame = await log.append(tenant_id, piece(2, writer="w2"))
    assert (frame.first, frame.last) == (3, 4)


async def test_repeated_append_gives_the_same_numbers_and_logs_nothing(log, tenant_id):
    once = await log.append(tenant_id, piece(3))
    again = await log.append(tenant_id, piece(3))
    assert (again.epoch, again.first, again.last) == (once.epoch, 1, 3)
    assert await log.bounds(tenant_id) == (once.epoch, 1, 3, ())


async def test_repeat_is_recognised_after_another_writer_was_there(log, tenant_id):
    await log.append(tenant_id, piece(3, writer="w1"))
    await log.append(tenant_id, piece(3, writer="w2"))
    again = await log.append(tenant_id, piece(3, writer="w1"))
    assert (again.first, again.last) == (1, 3)


async def test_empty_log_begins_an_epoch_and_keeps_it(log, tenant_id):
    bounds = await log.bounds(tenant_id)
    assert (bounds.oldest, bounds.head) == (1, 0)
    assert bounds.epoch
    assert await log.bounds(tenant_id) == bounds
    assert (await fill(log, tenant_id, 1))[0].epoch == bounds.epoch


async def test_log_is_trimmed_by_whole_frames_and_keeps_its_minimum(log, tenant_id):
    await fill(log, tenant_id, 4, 4, 4)
    assert (await log.bounds(tenant_id))[1:3] == (1, 12)
    await log.append(tenant_id, piece(2, number=4))
    assert (await log.bounds(tenant_id))[1:3] == (5, 14)


async def test_frame_bigger_than_the_log_is_kept_whole(log, tenant_id):
    await fill(log, tenant_id, 4, KEEP + 5)
    assert (await log.bounds(tenant_id))[1:3] == (5, KEEP + 9)


async def test_reading_gives_frames_in_order_up_to_the_limit(log, tenant_id):
    await fill(log, tenant_id, 2, 2, 2)
    assert spans((await log.read(tenant_id, 0, limit=2)).frames) == [(1, 2), (3, 4)]
    assert spans((await log.read(tenant_id, 2, limit=9)).frames) == [(3, 4), (5, 6)]
    assert (await log.read(tenant_id, 6, limit=9)).frames == []


async def test_reading_from_inside_a_frame_gives_the_whole_frame(log, tenant_id):
    await fill(log, tenant_id, 2, 3)
    assert spans((await log.read(tenant_id, 3, limit=9)).frames) == [(3, 5)]


async def test_rows_come_back_as_they_were_appended(log, tenant_id):
    appended = piece(3)
    await log.append(tenant_id, appended)
    page = await log.read(tenant_id, 0, limit=9)
    assert page.frames[0].rows == [[seq, *row] for seq, row in enumerate(orjson.loads(appended.rows_json), 1)]
    assert page.epoch == page.frames[0].epoch == (await log.bounds(tenant_id)).epoch


async def test_log_without_memory_is_another_run_of_numbers(tenant_id):
    before, after = [await MemoryFeedLog(KEEP, LIMIT).bounds(tenant_id) for _ in range(2)]
    assert before.epoch != after.epoch


async def test_flushed_redis_begins_another_epoch(redis_log, redis_server, tenant_id):
    before = (await fill(redis_log, tenant_id, 3))[0]
    forget_everything(redis_server)
    after = await redis_log.append(tenant_id, piece(2, number=2))
    assert (after.first, after.last) == (1, 2)
    assert after.epoch != before.epoch


async def test_append_whose_answer_was_lost_with_redis_is_logged_anew(redis_log, redis_server, tenant_id):
    await redis_log.append(tenant_id, piece(3))
    forget_everything(redis_server)
    again = await redis_log.append(tenant_id, piece(3))
    assert spans((await redis_log.read(tenant_id, 0, limit=9)).frames) == [(again.first, again.last)] == [(1, 3)]


@pytest.mark.parametrize("first_call", ["append", "bounds"])
async def test_restored_old_copy_begins_another_epoch(redis_log, redis_server, tenant_id, first_call):
    await fill(redis_log, tenant_id, 2)
    restore = copy_of(redis_server, tenant_id)
    newest = await redis_log.append(tenant_id, piece(2, number=2))
    restore()
    if first_call == "append":
        await redis_log.append(tenant_id, piece(1, number=3))
    bounds = await redis_log.bounds(tenant_id)
    assert bounds.epoch != newest.epoch
    assert (bounds.oldest, bounds.head) == ((1, 1) if first_call == "append" else (1, 0))


async def test_restored_copy_that_lacks_nothing_goes_on(redis_log, redis_server, tenant_id):
    (before,) = await fill(redis_log, tenant_id, 2)
    copy_of(redis_server, tenant_id)()
    after = await redis_log.append(tenant_id, piece(2, number=2))
    assert (after.epoch, after.first) == (before.epoch, 3)


async def test_log_is_forgotten_some_time_after_its_last_use(redis_log, redis_server, tenant_id):
    await fill(redis_log, tenant_id, 2)
    await redis_log.add_unlogged(tenant_id, Lost("w2", ((1, 1),)))
    with redis.Redis.from_url(redis_server.url) as client:
        keys = client.keys(f"feed:{{{tenant_id.hex}}}:*")
        assert len(keys) == 3
        assert all(0 < client.ttl(key) <= 3600 for key in keys)


async def test_log_that_is_away_says_so(tenant_id):
    log = RedisFeedLog(f"redis://127.0.0.1:{free_port()}/0", KEEP, LIMIT)
    calls = (
        log.append(tenant_id, piece()),
        log.read(tenant_id, 0, 1),
        log.bounds(tenant_id),
        log.add_unlogged(tenant_id, Lost("w1", ((1, 1),))),
    )
    for call in calls:
        with pytest.raises(FeedLogUnavailableError):
            await call
    await log.aclose()


async def test_log_goes_on_after_a_restart_of_redis(redis_log, redis_server, tenant_id):
    (before,) = await fill(redis_log, tenant_id, 2)
    redis_server.stop()
    with pytest.raises(FeedLogUnavailableError):
        await redis_log.append(tenant_id, piece(1, number=2))
    redis_server.start()
    after = await redis_log.append(tenant_id, piece(1, number=2))
    assert (after.first, after.epoch != before.epoch) == (1, True)


async def unlogged(log, tenant_id):
    return (await log.bounds(tenant_id)).unlogged


async def test_what_was_never_logged_is_announced_where_the_log_is(log, tenant_id):
    await fill(log, tenant_id, 3)
    assert await log.add_unlogged(tenant_id, Lost("w2", ((5, 5),))) == 5
    await log.append(tenant_id, piece(2, number=2))
    assert await log.add_unlogged(tenant_id, Lost("w3", ((1, 1),))) == 1
    assert await unlogged(log, tenant_id) == ((1, 3, 5), (2, 5, 1))
    assert (await log.bounds(tenant_id)).head == 5


async def test_what_the_writer_has_appended_is_not_announced(log, tenant_id):
    await log.append(tenant_id, piece(3, through=3))
    assert await log.add_unlogged(tenant_id, Lost("w1", ((2, 2), (5, 3), (9, 4)))) == 6
    assert await log.add_unlogged(tenant_id, Lost("w1", ((9, 4),))) == 0
    assert await unlogged(log, tenant_id) == ((1, 3, 6),)


async def test_writer_that_goes_on_after_an_announcement_is_counted_from_there(log, tenant_id):
    await log.add_unlogged(tenant_id, Lost("w1", ((4, 4),)))
    again = await log.append(tenant_id, piece(2, through=6))
    assert await log.append(tenant_id, piece(2, through=6)) is again or (again.first, again.last) == (1, 2)
    assert await log.add_unlogged(tenant_id, Lost("w1", ((4, 4), (6, 2), (7, 1)))) == 1


async def test_announcement_between_two_tries_of_an_append_changes_neither(log, tenant_id):
    await log.append(tenant_id, piece(2, through=2))
    await log.add_unlogged(tenant_id, Lost("w1", ((5, 3),)))
    again = await log.append(tenant_id, piece(2, through=2))
    assert ((again.first, again.last), (await log.bounds(tenant_id)).head) == ((1, 2), 2)


async def test_announcements_are_bounded(log, tenant_id):
    for count in range(1, MAX_UNLOGGED + 6):
        await log.add_unlogged(tenant_id, Lost("w1", ((count, 1),)))
    kept = await unlogged(log, tenant_id)
    assert (len(kept), kept[0].number, kept[-1].number) == (MAX_UNLOGGED, 6, MAX_UNLOGGED + 5)


async def test_another_epoch_has_no_announcements(redis_log, redis_server, tenant_id):
    await fill(redis_log, tenant_id, 2)
    restore = copy_of(redis_server, tenant_id)
    await redis_log.append(tenant_id, piece(2, number=2))
    await redis_log.add_unlogged(tenant_id, Lost("w1", ((5, 5),)))
    restore()
    assert await unlogged(redis_log, tenant_id) == ()


def forget_everything(redis_server):
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()


def copy_of(redis_server, tenant_id):
    """Take a copy of the tenant's log; call the answer to put it back."""
    with redis.Redis.from_url(redis_server.url) as client:
        copies = {key: client.dump(key) for key in client.keys(f"feed:{{{tenant_id.hex}}}:*")}

    def restore():
        with redis.Redis.from_url(redis_server.url) as client:
            for key, copy in copies.items():
                client.restore(key, 0, copy, replace=True)

    return restore


async def test_the_memory_of_an_idle_tenant_is_given_back(tenant_id):
    seconds = [0.0]
    log = MemoryFeedLog(KEEP, LIMIT, clock=lambda: seconds[0])
    await fill(log, tenant_id, 3)
    before = await log.bounds(tenant_id)
    seconds[0] = IDLE_SECONDS + 1
    await fill(log, uuid4(), 1)
    after = await log.bounds(tenant_id)
    assert (after.head, after.epoch != before.epoch) == (0, True)


@pytest.mark.parametrize(
    "damage",
    [
        lambda keys: keys.client.set(keys.log, "no stream"),
        lambda keys: keys.client.set(keys.meta, "no hash"),
        lambda keys: keys.client.hset(keys.meta, "epoch", b"\xff\xfe"),
        lambda keys: keys.client.hset(keys.meta, "seq", "many"),
        lambda keys: keys.client.rpush(keys.unlogged, "nonsense"),
        lambda keys: keys.client.xadd(keys.log, {"from": "4", "rows": "no JSON"}, id="4-0"),
        lambda keys: keys.client.xadd(keys.log, {"from": "four", "rows": "[]"}, id="4-0"),
        lambda keys: keys.client.xadd(keys.log, {"from": "4", "rows": "[[1]]"}, id="4-0"),
        lambda keys: keys.client.xadd(keys.log, {"something": "else"}, id="4-0"),
    ],
)
async def test_what_cannot_be_read_is_thrown_away_and_the_log_begins_anew(redis_log, redis_server, tenant_id, damage):
    other = uuid4()
    (before,) = await fill(redis_log, tenant_id, 3)
    (others,) = await fill(redis_log, other, 2)
    with redis.Redis.from_url(redis_server.url) as client:
        prefix = f"feed:{{{tenant_id.hex}}}:"
        damage(SimpleNamespace(client=client, **{name: prefix + name for name in ("log", "meta", "unlogged")}))

    async def use():
        await redis_log.bounds(tenant_id)
        await redis_log.read(tenant_id, 0, limit=9)
        await redis_log.append(tenant_id, piece(1, number=2))

    with pytest.raises(FeedLogUnavailableError):
        await use()
    await use()
    assert (await redis_log.bounds(tenant_id)).epoch != before.epoch
    assert (await redis_log.bounds(other)).epoch == others.epoch
