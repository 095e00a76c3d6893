"""Hello, sub, and everything from the cursor on."""

import pytest

from monitor.feed.frames import FIELDS
from monitor.feed.limits import Limits
from tenancy.ids import new_id
from tests.integration.feed.sockets import FeedSocket, numbers_of, rows_of
from tests.unit.feed.rows import FAILED

EVENT, DELIVERY = FIELDS.index("event"), FIELDS.index("delivery_id")


async def test_hello_comes_first_and_nothing_more_until_sub(token, worker):
    await worker.log(3)
    async with FeedSocket(token, limits=Limits(heartbeat_seconds=0.01)) as socket:
        hello = await socket.receive_any()
        worker.record()
        await socket.send(t="ping")
        assert (await socket.receive_any())["t"] == "hb"
    assert (hello["t"], hello["v"], hello["head"], hello["oldest"]) == ("hello", 1, 3, 1)
    assert hello["fields"] == list(FIELDS)


async def test_hello_of_an_empty_log(token):
    async with FeedSocket(token) as socket:
        hello = await socket.receive()
    assert (hello["head"], hello["oldest"], hello["hb"]) == (0, 1, 15)
    assert hello["epoch"]


async def test_sub_without_cursor_begins_after_the_head_of_hello(token, worker):
    await worker.log(3)
    async with FeedSocket(token) as socket:
        await socket.subscribe()
        (delivery_id,) = worker.record()
        batch = await socket.receive()
    assert [batch[key] for key in ("t", "from", "to", "n", "dropped")] == ["batch", 4, 4, 1, 0]
    assert (batch["r"][0][0], batch["r"][0][DELIVERY]) == (4, delivery_id)


async def test_what_happens_between_hello_and_sub_is_told(token, worker):
    async with FeedSocket(token) as socket:
        hello = await socket.receive()
        worker.record(2)
        await worker.log(1)
        await socket.send(t="sub")
        messages = await socket.until(hello["head"] + 3)
    assert numbers_of(messages) == [1, 2, 3]


async def test_resuming_by_cursor_tells_what_was_missed_and_goes_on(token, worker):
    await worker.log(3)
    await worker.log(4)
    async with FeedSocket(token) as socket:
        hello = await socket.receive()
        await socket.send(t="sub", cursor=2, epoch=hello["epoch"])
        missed = await socket.until(7)
        worker.record()
        live = await socket.until(8)
    assert missed[0]["from"] == 3
    assert numbers_of(missed + live) == [3, 4, 5, 6, 7, 8]


async def test_cursor_at_the_head_is_told_nothing_old(token, worker):
    await worker.log(3)
    async with FeedSocket(token) as socket:
        await socket.subscribe(cursor=3)
        worker.record()
        assert numbers_of([await socket.receive()]) == [4]


async def test_two_sockets_of_a_tenant_see_the_same(token, worker):
    async with FeedSocket(token) as one, FeedSocket(token) as other:
        await one.subscribe()
        await other.subscribe()
        worker.record(5)
        assert await one.until(5) == await other.until(5)


async def test_what_has_left_the_log_is_a_gap(short_log, token, worker):
    await worker.log(60)
    await worker.log(60)
    await worker.log(60)
    async with FeedSocket(token) as socket:
        hello = await socket.subscribe(cursor=10)
        gap, *batches = await socket.until(180)
    assert hello["oldest"] == 61
    assert gap == {"t": "gap", "from": 11, "to": 60, "n": 50, "reason": "expired"}
    assert numbers_of(batches) == list(range(61, 181))


async def test_cursor_of_another_epoch_is_reset(token, worker):
    await worker.log(3)
    async with FeedSocket(token) as socket:
        hello = await socket.subscribe(cursor=2, epoch="another")
        reset = await socket.receive()
        worker.record()
        batch = await socket.receive()
    assert reset == {"t": "reset", "epoch": hello["epoch"], "head": 3}
    assert batch["from"] == 4


async def test_cursor_beyond_the_log_is_reset(token, worker):
    await worker.log(3)
    async with FeedSocket(token) as socket:
        hello = await socket.subscribe(cursor=99)
        assert await socket.receive() == {"t": "reset", "epoch": hello["epoch"], "head": 3}


async def test_filter_leaves_out_rows_but_no_numbers(token, worker):
    async with FeedSocket(token, limits=Limits(empty_batch_seconds=0.05)) as socket:
        await socket.subscribe(filter={"event": ["invoice.*"], "not": {"outcome": ["success"]}})
        worker.record(3)
        worker.record(event="invoice.sent")
        worker.record(2, event="invoice.sent", **FAILED)
        worker.record()
        messages = await socket.until(7)
    assert numbers_of(messages) == [5, 6]
    assert {row[EVENT] for row in rows_of(messages)} == {"invoice.sent"}
    assert sum(message["n"] for message in messages) == 2


async def test_interval_without_a_match_is_told_as_an_empty_batch(token, worker):
    async with FeedSocket(token, limits=Limits(empty_batch_seconds=0.05)) as socket:
        await socket.subscribe(filter={"status": ["FAILED"]})
        worker.record(3)
        assert await socket.receive() == {"t": "batch", "from": 1, "to": 3, "n": 0, "dropped": 0, "r": []}


async def test_filter_applies_to_what_was_missed(token, worker):
    await worker.log(2)
    await worker.log(1, **FAILED)
    async with FeedSocket(token) as socket:
        await socket.subscribe(cursor=0, filter={"outcome": ["http_5xx"]})
        assert numbers_of(await socket.until(3)) == [3]


async def test_long_frame_ms_merges_what_comes_meanwhile(token, worker):
    async with FeedSocket(token, limits=Limits(heartbeat_seconds=0.02)) as socket:
        await socket.subscribe(frame_ms=1500)
        worker.record(2)
        await socket.heartbeat_with(2)
        worker.record(3)
        batch = await socket.receive()
    assert (batch["from"], batch["to"], batch["n"]) == (1, 5, 5)


async def test_missed_rows_come_in_messages_of_at_most_1000(token, worker):
    for _ in range(12):
        await worker.log(150)
    async with FeedSocket(token) as socket:
        await socket.subscribe(cursor=0)
        messages = await socket.until(1800)
    assert [message["n"] for message in messages] == [900, 900]


async def test_heartbeats_tell_the_head(token, worker):
    await worker.log(3)
    async with FeedSocket(token, limits=Limits(heartbeat_seconds=0.02)) as socket:
        await socket.subscribe()
        assert [await socket.receive_any() for _ in range(2)] == [{"t": "hb", "head": 3}] * 2


async def test_ping_is_answered_by_a_heartbeat(token):
    async with FeedSocket(token) as socket:
        await socket.subscribe()
        await socket.send(t="ping")
        assert await socket.receive_any() == {"t": "hb", "head": 0}


async def test_second_sub_is_an_error_and_changes_nothing(token, worker):
    async with FeedSocket(token) as socket:
        await socket.subscribe()
        await socket.send(t="sub", filter={"status": ["FAILED"]})
        error = await socket.receive()
        worker.record()
        assert numbers_of([await socket.receive()]) == [1]
    assert (error["t"], error["code"]) == ("err", "already_subscribed")


@pytest.mark.parametrize("filter", [None, {"event": ["*"]}])
async def test_another_tenants_rows_never_come(token, worker, filter):
    class Other:
        id = new_id()

    async with FeedSocket(token) as socket:
        await socket.subscribe(filter=filter)
        worker.record(3, tenant=Other)
        mine = worker.record(2)
        worker.record(3, tenant=Other)
        mine += worker.record(2)
        messages = await socket.until(4)
    assert [row[DELIVERY] for row in rows_of(messages)] == mine
