"""The sender against real sockets. Whatever a receiver does, the attempt ends by its deadline with a right outcome."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.hostile import Exchange, Receiver, flood, receiver
from webhooks.engine.addresses import TargetPolicy
from webhooks.engine.exceptions import BlockedAddressError
from webhooks.engine.outcome import AttemptResult, Outcome
from webhooks.engine.request import PendingDispatch, build
from webhooks.engine.sender import Sender

pytestmark = pytest.mark.asyncio

DEADLINE = 0.4
OPEN = TargetPolicy(allow_insecure=True)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def request_to(url: str, body: bytes = b'{"id":1}'):
    dispatch = PendingDispatch(uuid4(), uuid4(), "payment.received", 1, url, ("a-secret-key",), body, DEADLINE)
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


async def test_answer_is_kept_with_status_headers_and_body():
    result, state = await send_to(lambda e: e.answer("201 Created", b"thanks", "X-Request-Id: 7"))
    assert (result.outcome, result.http_status, result.error) == (Outcome.SUCCESS, 201, None)
    assert (result.response_body, result.response_headers["x-request-id"]) == ("thanks", "7")
    assert not result.response_truncated
    assert state.requests[0].head.startswith("POST /hook HTTP/1.1")
    assert state.requests[0].body == b'{"id":1}'


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("204 No Content", Outcome.SUCCESS),
        ("400 Bad Request", Outcome.HTTP_4XX),
        ("410 Gone", Outcome.HTTP_4XX),
        ("429 Too Many Requests", Outcome.HTTP_429),
        ("503 Service Unavailable", Outcome.HTTP_5XX),
        ("799 Whatever", Outcome.OTHER),
    ],
)
async def test_status_decides_the_outcome(status, outcome):
    result, _ = await send_to(lambda e: e.answer(status, b""))
    assert result.outcome is outcome
    assert result.http_status == int(status[:3])
    assert outcome is Outcome.SUCCESS or result.error.startswith(f"{outcome}: {status[:3]} ")


async def test_redirect_is_not_followed():
    result, state = await send_to(lambda e: e.answer("302 Found", b"", "Location: http://169.254.169.254/latest"))
    assert (result.outcome, result.http_status, len(state.requests)) == (Outcome.HTTP_3XX, 302, 1)


async def test_receiver_that_never_answers_times_out():
    result, _ = await send_to(hang)
    assert (result.outcome, result.http_status) == (Outcome.TIMEOUT, None)
    assert result.error == "timeout: no complete answer in 0.4 s"


async def test_deadline_covers_an_answer_that_drips():
    async def drip(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")
        for _ in range(500):
            await exchange.send(b".")
            await asyncio.sleep(0.05)

    result, _ = await send_to(drip)
    assert result.outcome is Outcome.TIMEOUT


async def test_deadline_covers_headers_that_never_end():
    async def endless(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\n")
        while True:
            await exchange.send(b"X-More: " + b"m" * 100 + b"\r\n")
            await asyncio.sleep(0.02)

    result, _ = await send_to(endless)
    assert result.outcome in (Outcome.TIMEOUT, Outcome.OTHER)


async def test_endless_body_is_cut_at_the_cap():
    result, _ = await send_to(flood(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n", b"x"))
    assert (result.outcome, len(result.response_body), result.response_truncated) == (Outcome.SUCCESS, 1000, True)


async def test_compressed_bomb_is_not_inflated():
    bomb = gzip.compress(b"0" * 10_000_000)
    result, _ = await send_to(lambda e: e.answer("200 OK", bomb, "Content-Encoding: gzip"))
    assert result.outcome is Outcome.SUCCESS
    assert len(result.response_body) <= 1000


async def test_malformed_status_line_is_an_outcome():
    result, _ = await send_to(lambda e: e.send(b"HELLO THERE\r\n\r\n"))
    assert result.outcome is Outcome.OTHER
    assert "not valid HTTP" in result.error


async def test_connection_reset_in_the_body_is_an_outcome():
    async def reset(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhalf")
        exchange.writer.transport.abort()

    result, _ = await send_to(reset)
    assert (result.outcome, result.http_status) == (Outcome.CONNECTION, None)


async def test_http_1_0_answer_without_length_ends_with_the_connection():
    async def old(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.0 200 OK\r\n\r\nold but fine")
        exchange.writer.close()

    result, _ = await send_to(old)
    assert (result.outcome, result.response_body) == (Outcome.SUCCESS, "old but fine")


async def test_continue_before_the_answer_is_passed_over():
    async def hesitate(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        await exchange.answer()

    result, _ = await send_to(hesitate)
    assert (result.outcome, result.http_status) == (Outcome.SUCCESS, 200)


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
    assert result.error == "connection: the connection ended before the answer was complete"


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
    assert max(pauses) < 1


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


async def test_refused_port_is_a_connection_failure():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    result = await send(f"http://127.0.0.1:{port}/")
    assert result.outcome is Outcome.CONNECTION


async def test_unknown_name_is_a_dns_failure():
    result = await send("http://no-such-host.invalid/hook", timeout=5)
    assert result.outcome is Outcome.DNS
    assert "no-such-host.invalid" in result.error


async def test_private_address_is_blocked_before_any_connection():
    async with receiver(lambda e: e.answer()) as state:
        result = await send(state.url, policy=TargetPolicy())
    assert (result.outcome, state.connections) == (Outcome.BLOCKED, 0)
    assert result.error.startswith("blocked: 127.0.0.1 is ")


async def test_name_that_resolves_to_private_addresses_is_blocked():
    async with receiver(lambda e: e.answer()) as state:
        result = await send(state.url.replace("127.0.0.1", "localhost"), policy=TargetPolicy())
    assert (result.outcome, state.connections) == (Outcome.BLOCKED, 0)


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


async def test_cookie_of_one_answer_is_not_sent_with_the_next_request():
    async with receiver(lambda e: e.answer("200 OK", b"", "Set-Cookie: session=stolen")) as state:
        sender = Sender(policy=OPEN)
        for _ in range(2):
            await sender.send(request_to(state.url), timeout=2)
        await sender.aclose()
    assert "cookie" not in state.requests[1].head.lower()


async def test_sensitive_response_headers_are_redacted():
    result, _ = await send_to(lambda e: e.answer("200 OK", b"", "Set-Cookie: session=s3cret", "Server: nginx"))
    assert result.response_headers["set-cookie"] == "[redacted]"
    assert result.response_headers["server"] == "nginx"


async def test_body_that_is_no_text_can_still_be_stored():
    result, _ = await send_to(lambda e: e.answer("200 OK", b"\xff\x00ok"))
    assert result.response_body == "\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}ok"


async def test_retry_after_of_a_busy_receiver_is_heard():
    result, _ = await send_to(lambda e: e.answer("429 Too Many Requests", b"", "Retry-After: 30"))
    assert result.retry_after == 30


async def test_certificate_nobody_vouches_for_is_a_tls_failure():
    async with receiver(lambda e: e.answer(), tls=_self_signed()) as state:
        result = await send(state.url, timeout=2)
    assert (result.outcome, state.requests) == (Outcome.TLS, [])


async def test_plain_answer_to_a_tls_handshake_is_a_tls_failure():
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    result = await send(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/", timeout=2)
    server.close()
    assert result.outcome is Outcome.TLS


async def test_hundred_attempts_at_once_all_arrive():
    async with receiver(lambda e: e.answer()) as state:
        sender = Sender(policy=OPEN)
        results = await asyncio.gather(*(sender.send(request_to(state.url), timeout=10) for _ in range(100)))
        await sender.aclose()
    assert {result.outcome for result in results} == {Outcome.SUCCESS}
    assert len(state.requests) == 100


def _self_signed() -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return _context(pem)


def _context(pem: bytes) -> ssl.SSLContext:
    import tempfile

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as file:
        file.write(pem)
        file.flush()
        context.load_cert_chain(file.name)
    return context
