"""Clients that say anything: the socket answers, goes on, or closes with a code of docs/protocol.md; it never fails."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.feed.closing import CloseCode
from monitor.feed.frames import FIELDS
from monitor.feed.limits import Limits
from tenancy.models import Tenant
from tests import factories
from tests.integration.feed.conftest import Worker
from tests.integration.feed.sockets import FeedSocket
from tests.unit.feed.rows import FAILED

DELIVERY = FIELDS.index("delivery_id")
ERRORS = {"bad_message", "bad_filter", "already_subscribed", "bad_ack"}
TOLD = {"hello", "batch", "gap", "reset", "hb", "metrics", "err"}
CLOSED = {int(code) for code in CloseCode} - {CloseCode.INTERNAL_ERROR, CloseCode.UNAVAILABLE}
LIMITS = Limits(empty_batch_seconds=0.05)
# No cursor and no acknowledgement is this number by chance, so its refusal is the answer to the last message.
NEVER = 2**53 - 2
NEVER_SENT = json.dumps({"t": "ack", "to": NEVER})

TEXTS = st.text(st.characters() | st.just("\ud800"), max_size=20)
NUMBERS = st.integers(-9, 9) | st.sampled_from([2**53 - 1, 2**53, 2**63, 2**64, 10**400, 0.5, 1e308, -0.0])
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3))
TERMS = {
    "status": st.lists(st.sampled_from(["FAILED", "RETRYING", "DELIVERED"]), max_size=2),
    "event": st.lists(st.sampled_from(["*", "invoice.*", "payment.received"]), max_size=2),
    "subscription": st.lists(st.uuids().map(str), max_size=2),
    "outcome": st.lists(st.sampled_from(["success", "http_5xx"]), max_size=2),
    "code": st.lists(st.sampled_from([200, "503", "5xx", "2XX"]), max_size=2),
    "min_attempt": st.sampled_from([1, 2, 2**63, None]),
}
FILTERS = st.fixed_dictionaries({}, optional={**TERMS, "not": st.fixed_dictionaries({}, optional=TERMS)})
SUB = {
    "filter": st.none() | FILTERS,
    "cursor": st.none() | st.integers(0, 9) | st.just(2**53 - 1),
    "epoch": st.none() | TEXTS,
    "frame_ms": st.sampled_from([None, 100]),
}


def either(good: dict, bad: st.SearchStrategy) -> dict:
    """Each value good or bad."""
    return {name: values | bad for name, values in good.items()}


def messages(sub: dict, to: st.SearchStrategy) -> st.SearchStrategy[str]:
    """Messages with a known `t`: subscriptions of these parts, acknowledgements of these numbers, pings."""
    subs = st.fixed_dictionaries({"t": st.just("sub")}, optional=sub)
    acks = st.fixed_dictionaries({"t": st.just("ack"), "to": to})
    return (subs | acks | acks | st.just({"t": "ping"})).map(json.dumps)


UNDERSTOOD = messages(SUB, st.integers(0, 12) | st.just(2**53 - 1))
ODD_FILTERS = VALUES | st.fixed_dictionaries({}, optional=either(TERMS, VALUES) | {"not": VALUES, "other": VALUES})
DEEP = st.integers(900, 1100).map(lambda depth: '{"t":"sub","filter":{"event":[' + "[" * depth + "]" * depth + "]}}")
ANYTHING = st.one_of(
    messages({**either(SUB, VALUES), "filter": ODD_FILTERS, "other": VALUES}, NUMBERS | VALUES),
    st.fixed_dictionaries({"t": TEXTS | VALUES}).map(json.dumps), VALUES.map(json.dumps), DEEP,
    st.text(min_size=1, max_size=20), st.binary(min_size=1, max_size=20),
)  # fmt: skip
FEW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


class Tenants:
    """Two tenants whose attempts are recorded at the same time, and what the first one's were."""

    def __init__(self, worker: Worker, stranger: Tenant) -> None:
        self._worker = worker
        self._stranger = stranger
        self.mine: list[str] = []

    def record(self) -> None:
        self._worker.record(2, tenant=self._stranger)
        self.mine += self._worker.record(1)
        self.mine += self._worker.record(1, **FAILED)
        self._worker.record(2, tenant=self._stranger)


@pytest.fixture
def tenants(worker: Worker) -> Tenants:
    return Tenants(worker, factories.make_tenant())


async def say(socket: FeedSocket, message: str | bytes) -> None:
    await (socket.send_bytes(message) if isinstance(message, bytes) else socket.send_text(message))


async def told_until(socket: FeedSocket, done) -> tuple[list[dict], int | None]:
    """What the server says until `done` of a message is true, or until it closes; then also the code."""
    frames: list[dict] = []
    while not (frames and done(frames[-1])):
        output = await socket.output()
        if output["type"] == "websocket.close":
            return frames, output["code"]
        frames.append(json.loads(output["text"]))
    return frames, None


def check(frame: dict, mine: list[str]) -> None:
    assert frame["t"] in TOLD
    if frame["t"] == "err":
        assert frame["code"] in ERRORS
        assert len(frame["detail"]) < 300
    if frame["t"] == "batch":
        assert {row[DELIVERY] for row in frame["r"]} <= set(mine)


async def converse(token: str, tenants: Tenants, said: list[str | bytes]) -> int | None:
    """Say it all, then have more attempts recorded. The code of the close, None when the socket is open to the end."""
    tenants.record()
    async with FeedSocket(token, limits=LIMITS) as socket:
        for message in (*said, NEVER_SENT):
            await say(socket, message)
        frames, code = await told_until(socket, lambda frame: frame.get("detail", "").startswith(f"{NEVER} has"))
        if code is None:
            await say(socket, '{"t":"sub"}')  # if it has not been said
            tenants.record()
            head = len(tenants.mine)
            more, code = await told_until(socket, lambda frame: max(frame.get("to", 0), frame.get("head", 0)) >= head)
            frames += more
    for frame in frames:
        check(frame, tenants.mine)
    return code


@given(said=st.lists(UNDERSTOOD, max_size=6))
@FEW
async def test_understood_messages_in_any_order_leave_the_socket_open(token, tenants, said):
    assert await converse(token, tenants, said) is None


@given(before=st.lists(UNDERSTOOD, max_size=2), then=st.lists(ANYTHING, min_size=1, max_size=3))
@FEW
async def test_anything_else_is_answered_or_closes_with_a_code_of_the_protocol(token, tenants, before, then):
    code = await converse(token, tenants, [*before, *then])
    assert code is None or code in CLOSED
