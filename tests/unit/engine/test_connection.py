"""Connections: floods are cut without holding up the loop, and one that went stale costs nothing."""

from __future__ import annotations

import asyncio
import time
from uuid import uuid4

import pytest

from tests.hostile import Exchange, flood, receiver
from tests.unit.engine.sending import CHUNKED, OPEN, request_to, send_to
from webhooks.engine.addresses import TargetPolicy
from webhooks.engine.exceptions import BlockedAddressError
from webhooks.engine.outcome import Outcome
from webhooks.engine.sender import Sender

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize(
    ("start", "more", "why"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n", "more than 16 interim answers"),
        (b"", b"\r\n", "more than 64 KB besides the body"),
        (b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"m" * 4000 + b"\r\n", "more than 64 KB besides the body"),
    ],
    ids=["continue", "empty lines", "headers"],
)
async def test_flood_before_the_answer_ends_the_attempt_at_once(start, more, why):
    result, _ = await send_to(flood(start, more), timeout=5)
    assert (result.outcome, result.http_status) == (Outcome.OTHER, None)
    assert result.error == f"other: the answer is not valid HTTP: {why}"


@pytest.mark.parametrize(
    ("start", "more"), [(b"5;", b"a=b;"), (b"5\r\nhello\r\n5;", b"a=b;")], ids=["first chunk", "second chunk"]
)
async def test_endless_chunk_extension_ends_the_attempt_at_once(start, more):
    async def hesitate(exchange: Exchange) -> None:
        await exchange.send(CHUNKED)
        await asyncio.sleep(0.05)
        await flood(start, more)(exchange)

    result, _ = await send_to(hesitate, timeout=5)
    assert (result.outcome, result.http_status) == (Outcome.CONNECTION, None)
    assert result.error.startswith("connection: the connection ended before the answer was complete; 200 and ")


@pytest.mark.parametrize("answer", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"])
async def test_flood_of_answers_does_not_stop_the_loop(answer):
    """A read holds ten thousand of them: a hundred receivers kept everybody else waiting for some seconds."""
    pauses: list[float] = []

    async def somebody_else() -> None:
        while True:
            begin = time.perf_counter()
            await asyncio.sleep(0)
            pauses.append(time.perf_counter() - begin)

    async with receiver(flood(b"", answer)) as state:
        sender = Sender(policy=OPEN)
        other = asyncio.create_task(somebody_else())
        await asyncio.gather(*(sender.send(request_to(state.url), timeout=10) for _ in range(100)))
        other.cancel()
        await sender.aclose()
    assert max(pauses) < 5


async def test_body_in_tiny_chunks_is_kept():
    async def nibble(exchange: Exchange) -> None:
        await exchange.send(CHUNKED + b"1\r\nx\r\n" * 16_000 + b"0\r\n\r\n")

    result, _ = await send_to(nibble, timeout=5, max_body=16_384)
    assert (result.outcome, len(result.response_body), result.response_truncated) == (Outcome.SUCCESS, 16_000, False)


async def test_big_answer_that_comes_at_once_is_kept_whole():
    text = "".join(f"{i:07} " for i in range(50_000))
    chunks = b"".join(b"8\r\n%07d \r\n" % i for i in range(50_000))
    answers = [
        f"HTTP/1.1 200 OK\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode(),
        CHUNKED + chunks + b"0\r\n\r\n",
    ]
    for answer in answers:
        result, _ = await send_to(lambda e, answer=answer: e.send(answer), timeout=5, max_body=1_000_000)
        assert (result.outcome, result.response_truncated) == (Outcome.SUCCESS, False)
        assert result.response_body == text


async def test_endless_tiny_chunks_are_cut_at_the_cap():
    result, _ = await send_to(flood(CHUNKED, b"1\r\nx\r\n"), timeout=5)
    assert (result.outcome, len(result.response_body), result.response_truncated) == (Outcome.SUCCESS, 1000, True)


async def test_bounds_of_an_answer_start_anew_with_each_request():
    async def talkative(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 102 Processing\r\n\r\n" * 10)
        await exchange.answer("200 OK", b"ok", *(f"X-Header-{i}: {'v' * 4000}" for i in range(10)))

    async with receiver(talkative) as state:
        sender = Sender(policy=OPEN)
        results = [await sender.send(request_to(state.url), timeout=5) for _ in range(4)]
        await sender.aclose()
    assert [result.error for result in results] == [None] * 4
    assert state.connections == 1


async def test_answer_nobody_asked_for_is_not_taken_for_the_next_one():
    stray = asyncio.Event()

    async def twice(exchange: Exchange) -> None:
        await exchange.answer()
        if exchange.number == 1:
            await asyncio.sleep(0.05)
            await exchange.answer("503 Service Unavailable")
            stray.set()

    async with receiver(twice) as state:
        sender = Sender(policy=OPEN)
        await sender.send(request_to(state.url), timeout=2)
        await stray.wait()
        await asyncio.sleep(0.05)
        result = await sender.send(request_to(state.url), timeout=2)
        await sender.aclose()
    assert (result.outcome, state.connections) == (Outcome.SUCCESS, 2)


async def test_request_on_a_connection_the_receiver_just_closed_is_sent_again_at_once():
    async def close_second(exchange: Exchange) -> None:
        if exchange.number == 2:
            exchange.writer.transport.abort()
        else:
            await exchange.answer()

    async with receiver(close_second) as state:
        sender = Sender(policy=OPEN)
        first = await sender.send(request_to(state.url), timeout=2)
        second = await sender.send(request_to(state.url), timeout=2)
        await sender.aclose()
    assert (first.outcome, second.outcome) == (Outcome.SUCCESS, Outcome.SUCCESS)
    assert (state.connections, len(state.requests)) == (2, 3)


async def test_second_try_does_not_take_another_stale_connection():
    opened = asyncio.Barrier(5)
    stale: set[asyncio.StreamWriter] = set()

    async def once(exchange: Exchange) -> None:
        if exchange.writer in stale:
            exchange.writer.transport.abort()
            return
        stale.add(exchange.writer)
        if exchange.number <= 5:
            await opened.wait()
        await exchange.answer()

    async with receiver(once) as state:
        sender = Sender(policy=OPEN)
        await asyncio.gather(*(sender.send(request_to(state.url), timeout=5) for _ in range(5)))
        result = await sender.send(request_to(state.url), timeout=5)
        await sender.aclose()
    assert (result.outcome, result.error) == (Outcome.SUCCESS, None)
    assert (state.connections, len(state.requests)) == (6, 7)


async def test_second_try_is_the_same_request():
    """The receiver may have processed the first: it tells the second by its webhook-id."""

    async def forget(exchange: Exchange) -> None:
        if exchange.number == 2:
            exchange.writer.close()
        else:
            await exchange.answer()

    async with receiver(forget) as state:
        sender = Sender(policy=OPEN)
        await sender.send(request_to(state.url), timeout=2)
        request = request_to(state.url)
        result = await sender.send(request, timeout=2)
        await sender.aclose()
    assert result.outcome is Outcome.SUCCESS
    again = [f"\r\nwebhook-id: {request.headers['webhook-id']}\r\n" in r.head.lower() for r in state.requests]
    assert again == [False, True, True]


async def test_second_try_is_refused_an_address_that_became_private():
    class Opening(TargetPolicy):
        def open_socket(self, info):
            if state.connections:
                raise BlockedAddressError("127.0.0.1", "private now")
            return super().open_socket(info)

    async def close_second(exchange: Exchange) -> None:
        if exchange.number == 2:
            exchange.writer.transport.abort()
        else:
            await exchange.answer()

    async with receiver(close_second) as state:
        sender = Sender(policy=Opening(allow_insecure=True))
        await sender.send(request_to(state.url), timeout=2)
        result = await sender.send(request_to(state.url), timeout=2)
        await sender.aclose()
    assert (result.outcome, result.error) == (Outcome.BLOCKED, "blocked: 127.0.0.1 is private now")


async def test_request_whose_answer_had_begun_is_not_sent_again():
    async def break_off(exchange: Exchange) -> None:
        if exchange.number == 2:
            await exchange.send(b"HTTP/1.1 20")
            exchange.writer.close()
        else:
            await exchange.answer()

    async with receiver(break_off) as state:
        sender = Sender(policy=OPEN)
        await sender.send(request_to(state.url), timeout=2)
        result = await sender.send(request_to(state.url), timeout=2)
        await sender.aclose()
    assert (result.outcome, len(state.requests)) == (Outcome.CONNECTION, 2)
    assert result.error == "connection: the connection ended before the answer was complete"


async def test_connection_that_was_idle_for_long_is_not_used(monkeypatch):
    monkeypatch.setattr("webhooks.engine.sender.KEEPALIVE_SECONDS", 0.05)
    async with receiver(lambda e: e.answer()) as state:
        sender = Sender(policy=OPEN)
        await sender.send(request_to(state.url), timeout=2)
        await asyncio.sleep(0.1)
        await sender.send(request_to(state.url), timeout=2)
        await sender.aclose()
    assert state.connections == 2


async def test_fresh_connection_closed_without_an_answer_is_not_tried_again():
    async def slam(exchange: Exchange) -> None:
        exchange.writer.transport.abort()

    result, state = await send_to(slam)
    assert (result.outcome, len(state.requests)) == (Outcome.CONNECTION, 1)


@pytest.mark.parametrize(("takes_the_rest", "connections"), [(True, 1), (False, 2)])
async def test_connection_answered_early_is_kept_only_when_the_request_is_taken(takes_the_rest, connections):
    body = b"x" * 16_000_000  # more than the sockets between them hold
    opened: list[asyncio.StreamWriter] = []

    async def early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(writer)
        for _ in range(2):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            await asyncio.sleep(0.05)
            if not takes_the_rest:
                await asyncio.sleep(60)
            await reader.readexactly(len(body))

    server = await asyncio.start_server(early, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    sender = Sender(policy=OPEN)
    results = [await sender.send(request_to(url, body), timeout=10) for _ in range(2)]
    await sender.aclose()
    server.close()
    for writer in opened:
        writer.transport.abort()
    await asyncio.sleep(0)
    assert [(result.outcome, result.response_body) for result in results] == [(Outcome.SUCCESS, "ok")] * 2
    assert len(opened) == connections


async def test_subscriptions_share_no_connections():
    """What an endpoint sends after its answer could be taken for the answer to another tenant's request."""
    async with receiver(lambda e: e.answer()) as state:
        sender = Sender(policy=OPEN)
        for subscription in (uuid4(), uuid4()):
            for _ in range(2):
                await sender.send(request_to(state.url, subscription=subscription), timeout=5)
        await sender.aclose()
    assert (state.connections, len(state.requests)) == (2, 4)
