"""What the tests of the sender share: a request, and sending it within a deadline that fails the test."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

from tests.hostile import Exchange, Receiver, receiver
from webhooks.engine.addresses import TargetPolicy
from webhooks.engine.outcome import AttemptResult
from webhooks.engine.request import PendingDispatch, build
from webhooks.engine.sender import Sender

DEADLINE = 0.4
SUBSCRIPTION = uuid4()
OPEN = TargetPolicy(allow_insecure=True)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def request_to(url: str, body: bytes = b'{"id":1}', subscription: UUID = SUBSCRIPTION):
    dispatch = PendingDispatch(
        uuid4(), subscription, uuid4(), "payment.received", 1, url, ("a-secret-key",), body, DEADLINE
    )
    return build(dispatch, 1_700_000_000)


async def send(url: str, policy: TargetPolicy = OPEN, timeout: float = DEADLINE, max_body: int = 1000) -> AttemptResult:
    sender = Sender(policy=policy, max_body=max_body)
    try:
        # Far above the deadline: a sender that hangs fails the test, a slow machine does not.
        return await asyncio.wait_for(sender.send(request_to(url), timeout=timeout), 10)
    finally:
        await sender.aclose()


async def send_to(handler, **options) -> tuple[AttemptResult, Receiver]:
    async with receiver(handler) as state:
        return await send(state.url, **options), state


async def hang(_exchange: Exchange) -> None:
    await asyncio.sleep(60)
