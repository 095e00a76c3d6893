"""What the worker does with recorded attempts."""

import asyncio

import pytest
from channels.layers import get_channel_layer

from monitor.feed import frames
from monitor.feed.broadcasting import FRAME_ROWS, TENANT_ROWS, Broadcaster
from monitor.feed.log import feed_log
from tenancy.ids import new_id
from tests.servers import free_port
from tests.unit.feed.rows import attempt


@pytest.fixture
def layer_away(settings):
    """To be named before `broadcaster`, which opens the layer."""
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [f"redis://127.0.0.1:{free_port()}/0"]},
        }
    }


@pytest.fixture
async def broadcaster():
    broadcaster = Broadcaster(asyncio.get_running_loop())
    await broadcaster.start()
    yield broadcaster
    await broadcaster.stop()


@pytest.fixture
def tenant_id():
    return new_id()


async def logged(tenant_id):
    return (await feed_log().read(tenant_id, 0, 1000)).frames


async def test_attempts_of_one_batch_become_one_frame(broadcaster, tenant_id):
    attempts = [attempt(tenant_id) for _ in range(3)]
    broadcaster.receive(attempts)
    await broadcaster.stop()
    (frame,) = await logged(tenant_id)
    assert [row[1] for row in frame.rows] == [str(each.delivery_id) for each in attempts]


async def test_frames_have_a_bounded_size(broadcaster, tenant_id):
    broadcaster.receive([attempt(tenant_id)] * (2 * FRAME_ROWS + 1))
    await broadcaster.stop()
    assert [frame.count for frame in await logged(tenant_id)] == [FRAME_ROWS, FRAME_ROWS, 1]


async def test_each_tenant_has_its_own_log(broadcaster):
    tenants = [new_id() for _ in range(20)]
    broadcaster.receive([attempt(tenant_id) for tenant_id in tenants * 2])
    await broadcaster.stop()
    assert [(await logged(tenant_id))[-1].last for tenant_id in tenants] == [2] * 20


async def test_frame_goes_to_the_tenants_group(broadcaster, tenant_id):
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(frames.group_name(tenant_id), channel)
    broadcaster.receive([attempt(tenant_id)])
    received = frames.frame_of_message(await layer.receive(channel))
    (frame,) = await logged(tenant_id)
    assert (received.epoch, received.text) == (frame.epoch, frame.text)


async def test_attempts_that_wait_for_the_log_are_bounded_and_the_loss_is_counted(tenant_id):
    broadcaster = Broadcaster(asyncio.get_running_loop())
    broadcaster.receive([attempt(tenant_id)] * (TENANT_ROWS + 500))
    await asyncio.sleep(0)
    assert broadcaster.lost == 500


async def test_what_waited_while_redis_was_away_is_logged_once(on_redis, broadcaster, tenant_id):
    on_redis.stop()
    for _ in range(3):
        broadcaster.receive([attempt(tenant_id)] * 2)
        await asyncio.sleep(0.15)
    on_redis.start()
    await broadcaster.stop()
    assert [frame.last for frame in await logged(tenant_id)][-1] == 6
    assert broadcaster.lost == 0


async def test_channel_layer_that_is_away_costs_no_row_of_the_log(layer_away, broadcaster, tenant_id):
    broadcaster.receive([attempt(tenant_id)])
    await broadcaster.stop()
    assert [frame.last for frame in await logged(tenant_id)] == [1]


async def test_receiving_after_the_loop_has_ended_is_no_error(tenant_id):
    loop = asyncio.new_event_loop()
    broadcaster = Broadcaster(loop)
    loop.close()
    broadcaster.receive([attempt(tenant_id)])
