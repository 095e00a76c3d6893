"""The sender against real sockets. Whatever a receiver does, the attempt ends by its deadline with a right outcome."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.hostile import Exchange, flood, receiver
from tests.unit.engine.sending import OPEN, hang, request_to, send, send_to
from webhooks.engine.addresses import TargetPolicy
from webhooks.engine.outcome import Outcome
from webhooks.engine.sender import Sender

pytestmark = pytest.mark.asyncio


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
    assert result.error.endswith("before the answer was complete; 200 and 4 bytes of its body came")
    assert (result.response_headers, result.response_body) == ({"content-length": "500"}, "half")
    assert (result.response_truncated, result.response_bytes) == (True, 4)


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\nhello", 204, ""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokEXTRA", 200, "ok"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 No\r\n\r\n", 200, "ok"),
    ],
)
async def test_what_comes_with_an_answer_and_is_no_part_of_it_changes_nothing(answer, status, body):
    async with receiver(lambda e: e.send(answer)) as state:
        sender = Sender(policy=OPEN)
        results = [await sender.send(request_to(state.url), timeout=5) for _ in range(2)]
        await sender.aclose()
    for result in results:
        assert (result.outcome, result.http_status, result.response_body) == (Outcome.SUCCESS, status, body)
    assert state.connections == 2


async def test_answer_that_never_ends_is_kept_as_far_as_it_came():
    async def stall(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 503 Busy\r\nRetry-After: 9\r\nContent-Length: 9\r\n\r\nwait")
        await asyncio.sleep(60)

    result, _ = await send_to(stall)
    assert (result.outcome, result.http_status, result.retry_after) == (Outcome.TIMEOUT, None, None)
    assert result.error == "timeout: no complete answer in 0.4 s; 503 and 4 bytes of its body came"
    assert (result.response_headers["retry-after"], result.response_body) == ("9", "wait")


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


async def test_refused_port_is_a_connection_failure():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    for host in ("127.0.0.1", "localhost"):  # of which the second may have two addresses
        result = await send(f"http://{host}:{port}/")
        assert (result.outcome, result.error) == (Outcome.CONNECTION, "connection: Connection refused")


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


async def test_cookie_of_one_answer_is_not_sent_with_the_next_request():
    async with receiver(lambda e: e.answer("200 OK", b"", "Set-Cookie: session=stolen")) as state:
        sender = Sender(policy=OPEN)
        for _ in range(2):
            await sender.send(request_to(state.url), timeout=2)
        await sender.aclose()
    assert "cookie" not in state.requests[1].head.lower()


async def test_parts_of_an_attempt_are_timed_and_its_bodies_measured():
    async def slowly(exchange):
        await asyncio.sleep(0.05)
        await exchange.answer("200 OK", b"12345")

    async with receiver(slowly) as state:
        sender = Sender(policy=OPEN)
        first, second = [await sender.send(request_to(state.url, b"{}"), timeout=5) for _ in range(2)]
        await sender.aclose()
    assert set(first.timings) == {"connect_ms", "first_byte_ms"}
    assert set(second.timings) == {"first_byte_ms"}
    assert 50 <= second.timings["first_byte_ms"] <= second.duration_ms
    assert (first.request_bytes, first.response_bytes, first.response_truncated) == (2, 5, False)


async def test_name_is_timed_even_when_it_cannot_be_resolved():
    result = await send("http://name.invalid/")
    assert set(result.timings) == {"dns_ms"}
    assert result.response_bytes is None


async def test_header_that_is_no_utf_8_can_still_be_stored():
    result, _ = await send_to(lambda e: e.answer("200 OK", b"", "X-Odd: \udcff"))
    assert result.response_headers["x-odd"] == "\N{REPLACEMENT CHARACTER}"


async def test_header_that_comes_twice_is_kept_once():
    result, _ = await send_to(lambda e: e.answer("200 OK", b"", "X-Two: a", "X-Two: b"))
    assert result.response_headers["x-two"] == "a, b"


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
