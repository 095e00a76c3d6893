"""A name that changes its answer gains nothing: what counts is the address that is dialled. Over a real name server."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_address, ip_network

import pytest

from tests.hostile import receiver
from tests.unit.engine.sending import DEADLINE, request_to
from webhooks.engine.addresses import TargetPolicy
from webhooks.engine.outcome import AttemptResult, Outcome
from webhooks.engine.sender import Sender

pytestmark = pytest.mark.asyncio

TYPES = {4: 1, 6: 28}  # A, AAAA


class PlainHttp(TargetPolicy):
    """The receivers of these tests have no certificate."""

    def check_scheme(self, scheme: str, host: str) -> None:
        pass


class NameServer(asyncio.DatagramProtocol):
    """Answers any name with these addresses, which a test changes between attempts. Nothing may be remembered."""

    def __init__(self) -> None:
        self.addresses: Sequence[str] = ()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        end = data.index(b"\0", 12) + 5
        question = data[12:end]
        (kind,) = struct.unpack(">H", question[-4:-2])
        found = [a.packed for a in map(ip_address, self.addresses) if TYPES[a.version] == kind]
        head = data[:2] + struct.pack(">HHHHH", 0x8180, 1, len(found), 0, 0)
        records = b"".join(struct.pack(">HHHIH", 0xC00C, kind, 1, 0, len(packed)) + packed for packed in found)
        self.transport.sendto(head + question + records, addr)  # type: ignore[attr-defined]


@asynccontextmanager
async def name_server() -> AsyncIterator[tuple[NameServer, str]]:
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(NameServer, ("127.0.0.1", 0))
    try:
        yield server, f"127.0.0.1:{transport.get_extra_info('sockname')[1]}"
    finally:
        transport.close()


async def attempt(port: int, servers: str) -> AttemptResult:
    """With nothing remembered of earlier ones. Of all private addresses only 127.0.0.2 is allowed."""
    policy = PlainHttp(allowed_networks=(ip_network("127.0.0.2/32"),), ports=frozenset({port}))
    sender = Sender(policy=policy, name_servers=[servers])
    try:
        return await sender.send(request_to(f"http://rebinds.example:{port}/hook"), timeout=5 * DEADLINE)
    finally:
        await sender.aclose()


@pytest.mark.parametrize(
    "answer",
    [
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["10.0.0.1"],
        ["0.0.0.0"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["2002:7f00:1::1"],
        ["fe80::1"],
        ["fd00:ec2::254"],
        ["127.0.0.1", "::1"],
    ],
    ids=", ".join,
)
async def test_a_name_that_came_to_lead_inside_is_blocked_and_nothing_is_sent(answer):
    async with receiver(lambda e: e.answer(), host="127.0.0.2") as allowed, name_server() as (server, address):
        port = int(allowed.url.rsplit(":", 1)[1].partition("/")[0])
        async with receiver(lambda e: e.answer(), host="127.0.0.1", port=port) as inside:
            server.addresses = ["127.0.0.2"]
            assert (await attempt(port, address)).outcome is Outcome.SUCCESS
            server.addresses = answer
            result = await attempt(port, address)
            assert (result.outcome, inside.connections) == (Outcome.BLOCKED, 0)
            assert "private or reserved" in result.error or "no single host" in result.error


async def test_of_several_addresses_only_those_allowed_are_dialled():
    async with receiver(lambda e: e.answer(), host="127.0.0.2") as allowed, name_server() as (server, address):
        port = int(allowed.url.rsplit(":", 1)[1].partition("/")[0])
        async with receiver(lambda e: e.answer(), host="127.0.0.1", port=port) as inside:
            server.addresses = ["127.0.0.1", "127.0.0.2"]
            results = [await attempt(port, address) for _ in range(3)]
            assert {result.outcome for result in results} <= {Outcome.SUCCESS, Outcome.BLOCKED}
            assert inside.connections == 0


async def test_plain_http_is_not_sent_where_only_https_may_be():
    """Whatever the rules were when the URL was saved."""
    async with receiver(lambda e: e.answer()) as state:
        sender = Sender(policy=TargetPolicy(allowed_networks=(ip_network("127.0.0.0/8"),)))
        result = await sender.send(request_to(state.url), timeout=5 * DEADLINE)
        await sender.aclose()
    assert (result.outcome, state.connections) == (Outcome.BLOCKED, 0)
    assert result.error == "blocked: 127.0.0.1 is to be reached by https only"


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"])
async def test_a_proxy_of_the_environment_is_not_used(monkeypatch, name):
    async with receiver(lambda e: e.answer()) as proxy, receiver(lambda e: e.answer()) as target:
        monkeypatch.setenv(name, proxy.url)
        sender = Sender(policy=TargetPolicy(allow_insecure=True))
        result = await sender.send(request_to(target.url), timeout=5 * DEADLINE)
        await sender.aclose()
    assert (result.outcome, proxy.connections, target.connections) == (Outcome.SUCCESS, 0, 1)
