"""The close codes."""

from socket import create_server

import pytest

from monitor.feed.limits import MAX_QUEUED_MESSAGES, Limits
from monitor.feed.session import MAX_COMPLAINTS
from tests import factories
from tests.integration.feed.sockets import FeedSocket
from tests.servers import free_port


@pytest.fixture
def other_token(tenant):
    return factories.make_token(tenant)


@pytest.fixture
def silent_log(settings):
    """A server that takes connections and never answers: until its deadline the session reads nothing."""
    with create_server(("127.0.0.1", 0)) as server:
        settings.FEED_REDIS_URL = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        yield


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("hello", "bad_message"),
        ("[1]", "bad_message"),
        ('{"t":"what"}', "bad_message"),
        ('{"t":"ack"}', "bad_message"),
        ('{"t":"sub","cursor":-1}', "bad_message"),
        ('{"t":"sub","filter":{"status":["RETRYNG"]}}', "bad_filter"),
        ('{"t":"sub","filter":{"event":[%s]}}' % ("[" * 1010 + "]" * 1010), "bad_filter"),
    ],
)
async def test_bad_message_is_explained_and_closes_with_4400(token, text, code):
    async with FeedSocket(token) as socket:
        await socket.receive()
        await socket.send_text(text)
        error = await socket.receive()
        assert (error["t"], error["code"]) == ("err", code)
        assert error["detail"]
        assert await socket.closed() == 4400


async def test_binary_message_closes_with_4400(token):
    async with FeedSocket(token) as socket:
        await socket.receive()
        await socket.send_bytes(b'{"t":"sub"}')
        assert await socket.closed() == 4400


async def test_bad_message_after_sub_closes_with_4400(token):
    async with FeedSocket(token) as socket:
        await socket.subscribe()
        await socket.send_text("{")
        assert await socket.closed() == 4400


async def test_wrong_acknowledgement_is_an_error_and_too_many_close_with_4400(token):
    async with FeedSocket(token) as socket:
        await socket.subscribe()
        for _ in range(MAX_COMPLAINTS + 1):
            await socket.send(t="ack", to=99)
            assert (await socket.receive())["code"] == "bad_ack"
        assert await socket.closed() == 4400


async def test_more_messages_than_can_be_read_close_with_4400(silent_log, token):
    async with FeedSocket(token) as socket:
        for _ in range(MAX_QUEUED_MESSAGES + 1):
            await socket.send(t="ping")
        assert await socket.closed() == 4400


async def test_no_sub_closes_with_4408(token):
    async with FeedSocket(token, limits=Limits(sub_seconds=0.05)) as socket:
        assert (await socket.receive())["t"] == "hello"
        assert await socket.closed() == 4408


async def test_too_many_sockets_from_an_address_close_with_4429_whoever_they_are(token, other_token):
    limits = Limits(sockets_of_address=2)
    async with FeedSocket(token, limits=limits) as one, FeedSocket(other_token, limits=limits) as two:
        await one.receive(), await two.receive()
        async with FeedSocket("gq_of-nobody", limits=limits) as three:
            assert await three.closed() == 4429
    async with FeedSocket(token, limits=limits) as again:
        assert (await again.receive())["t"] == "hello"


async def test_too_many_sockets_of_a_token_close_with_4429(token, other_token):
    limits = Limits(sockets=2)
    async with FeedSocket(token, limits=limits) as one, FeedSocket(token, limits=limits) as two:
        await one.receive()
        await two.receive()
        async with FeedSocket(token, limits=limits) as three, FeedSocket(other_token, limits=limits) as other:
            assert await three.closed() == 4429
            assert (await other.receive())["t"] == "hello"


async def test_closed_socket_makes_room(token):
    for _ in range(3):
        async with FeedSocket(token, limits=Limits(sockets=1)) as socket:
            assert (await socket.receive())["t"] == "hello"


async def test_socket_closes_with_4503_while_the_log_is_away(settings, token):
    settings.FEED_REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    async with FeedSocket(token) as socket:
        assert await socket.closed() == 4503
