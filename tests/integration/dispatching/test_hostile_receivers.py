"""One worker, a receiver of each hostile kind, and a healthy one beside them: each ends with a right reason, none costs
another endpoint anything."""

from __future__ import annotations

import asyncio
import gzip
from contextlib import AsyncExitStack

import pytest

from tests import hostile
from tests.factories import make_delivery, make_event, make_subscription, make_tenant
from tests.hostile import Exchange
from tests.integration.dispatching.running import SECONDS, ended
from webhooks.models import Attempt

DEADLINE = 3
BOMB = gzip.compress(b"0" * 10_000_000)


async def never(_exchange: Exchange) -> None:
    await asyncio.sleep(3600)


async def drip(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")
    while True:
        await exchange.send(b".")
        await asyncio.sleep(0.2)


async def endless_headers(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        await exchange.send(b"X-More: " + b"m" * 1000 + b"\r\n")
        await asyncio.sleep(0.001)


async def reset(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhalf")
    exchange.writer.transport.abort()


async def old(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.0 200 OK\r\n\r\nold but fine")
    exchange.writer.close()


async def hesitate(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 100 Continue\r\n\r\n")
    await exchange.answer()


HOSTILE = {
    "never answers": (never, "timeout"),
    "drips": (drip, "timeout"),
    "endless headers": (endless_headers, "other"),
    "endless interim answers": (hostile.flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "other"),
    "endless body": (hostile.flood(b"HTTP/1.1 200 OK\r\n\r\n", b"x"), "success"),
    "a gigabyte": (hostile.flood(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n", b"x"), "success"),
    "no HTTP": (lambda e: e.send(b"HELLO THERE\r\n\r\n"), "other"),
    "bomb": (lambda e: e.answer("200 OK", BOMB, "Content-Encoding: gzip"), "success"),
    "reset": (reset, "connection"),
    "redirect": (lambda e: e.answer("302 Found", b"", "Location: http://169.254.169.254/latest"), "http_3xx"),
    "HTTP/1.0": (old, "success"),
    "100 Continue": (hesitate, "success"),
}


@pytest.fixture
def urls(web_loop):
    """Where each of them listens, by name."""

    async def start():
        stack = AsyncExitStack()
        handlers = {name: handler for name, (handler, _) in HOSTILE.items()}
        states = {name: await stack.enter_async_context(hostile.receiver(each)) for name, each in handlers.items()}
        return stack, {name: state.url for name, state in states.items()}

    async def stop(stack: AsyncExitStack):
        await stack.aclose()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    stack, urls = asyncio.run_coroutine_threadsafe(start(), web_loop).result(SECONDS)
    yield urls
    asyncio.run_coroutine_threadsafe(stop(stack), web_loop).result(SECONDS)


def test_each_ends_with_its_reason_and_none_costs_another(settings, start_worker, urls, receiver):
    settings.WEBHOOK_TIMEOUT = DEADLINE
    tenant = make_tenant()
    event = make_event(tenant)
    deliveries = {}
    for name, url in {**urls, "healthy": receiver.url()}.items():
        subscription = make_subscription(tenant, url=url, retry_schedule=[])
        count = 100 if name == "healthy" else 3
        deliveries[name] = [make_delivery(subscription, source=event, max_attempts=1) for _ in range(count)]
    start_worker()
    assert set(ended(*deliveries["healthy"])) == {"DELIVERED"}
    ended(*(delivery for each in deliveries.values() for delivery in each))
    outcomes = {
        name: set(Attempt.objects.filter(delivery__in=each).values_list("outcome", flat=True))
        for name, each in deliveries.items()
    }
    assert outcomes == {**{name: {outcome} for name, (_, outcome) in HOSTILE.items()}, "healthy": {"success"}}
    longest = max(Attempt.objects.values_list("duration_ms", flat=True))
    assert longest < (DEADLINE + 10) * 1000  # a deadline that never fires fails the test, a slow machine does not
    stored = Attempt.objects.filter(delivery__in=deliveries["endless body"]).first()
    assert (len(stored.response_body), stored.response_truncated) == (settings.WEBHOOK_MAX_RESPONSE_BYTES, True)
