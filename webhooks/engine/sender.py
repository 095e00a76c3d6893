"""Sending: requests over aiohttp's pool of connections and its parser, each attempt under one deadline.

httpx's own asynchronous transport managed 330 requests/s at 50 connections on loopback (it slows down as its pool
grows); an `httpx.Request` given to the aiohttp transport, 4,000 to 5,800; an aiohttp session, 7,000; its parts without
the session, 10,000. What is left out is what a webhook has no use for: cookies, redirects, credentials, proxies.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from http import HTTPStatus
from itertools import islice
from typing import Any, cast
from uuid import UUID

import aiohttp
import certifi
from aiohttp.client_reqrep import ClientRequest, ConnectionKey
from aiohttp.http import StreamWriter
from yarl import URL

from webhooks.engine import outcome as outcomes
from webhooks.engine.addresses import TargetPolicy
from webhooks.engine.connection import (
    Answer,
    BoundedConnection,
    BoundedConnector,
    Exchange,
    TimedResolver,
    current_exchange,
)
from webhooks.engine.exceptions import BlockedAddressError
from webhooks.engine.outcome import AttemptResult
from webhooks.engine.request import WebhookRequest

DNS_SECONDS = 5.0
# Receivers commonly close after 5 s. Each request that meets a close costs a second one, so ours is sooner.
KEEPALIVE_SECONDS = 4.0
CLOSE_SECONDS = 0.5
READ_BUFFER = 65_536
NO_TIMEOUT = aiohttp.ClientTimeout(total=None)  # the attempt has one
MAX_RECEIVERS = 4096
MAX_HEADERS = 64
MAX_HEADER_VALUE = 1024
REDACTED = "[redacted]"
SENSITIVE_HEADERS = frozenset({
    "authorization", "cookie", "set-cookie", "set-cookie2", "www-authenticate", "proxy-authenticate",
    "proxy-authorization", "authentication-info", "x-api-key", "x-auth-token", "x-csrf-token",
})  # fmt: skip


class _Receiver(ClientRequest):
    """What the pool knows a receiver by: its address, and whose it is.

    Subscriptions share no connections: bytes that an endpoint sends after its answer, just as the next request goes
    out, are taken for the answer to that one. Nobody can tell; so they must not reach another tenant's request.
    """

    def __init__(self, url: URL, subscription_id: UUID, tls: ssl.SSLContext) -> None:
        super().__init__("POST", url, loop=asyncio.get_running_loop(), ssl=tls)
        # The one part of the key that is free: nothing here goes through a proxy.
        self._key = super().connection_key._replace(proxy_headers_hash=hash(subscription_id))

    @property
    def connection_key(self) -> ConnectionKey:
        return self._key


class Sender:
    """Makes attempts. Create it on the event loop it is used on.

    `max_body` is in bytes; `name_servers` are `address` or `address:port`, the system's when there are none.
    """

    def __init__(
        self,
        *,
        policy: TargetPolicy,
        max_body: int = 16_384,
        tls: ssl.SSLContext | None = None,
        name_servers: Sequence[str] = (),
    ) -> None:
        self._policy = policy
        self._max_body = max_body
        self._tls = tls or _tls_context()
        # getaddrinfo runs in a handful of threads, which one hanging DNS server would fill.
        servers: dict[str, Any] = {"nameservers": list(name_servers)} if name_servers else {}
        self._resolver = TimedResolver(timeout=DNS_SECONDS, tries=1, **servers)
        self._connector = self._open_connector(keepalive_timeout=KEEPALIVE_SECONDS)
        # For second tries: when one kept-alive connection was stale, the next one in the pool probably is, too.
        self._fresh_connector = self._open_connector(force_close=True)
        self._receiver_of = lru_cache(maxsize=MAX_RECEIVERS)(self._receiver)

    async def send(self, request: WebhookRequest, *, timeout: float) -> AttemptResult:
        """Make one attempt that ends within `timeout` seconds: connect, headers and body together. Never raises."""
        started_at, clock = time.time(), time.perf_counter()
        exchange = Exchange()
        current_exchange.set(exchange)
        answer: Answer | None = None
        try:
            async with asyncio.timeout(timeout):
                answer = await self._exchange(request, exchange)
            outcome, error = outcomes.of_status(answer.status), outcomes.status_error(answer.status)
        except Exception as exc:
            outcome, error = outcomes.of_exception(exc, timeout)
            if exchange.answer:  # it began, and is kept for whoever wants to know how far it got
                error += f"; {exchange.answer.status} and {len(exchange.answer.body)} bytes of its body came"
        came = exchange.answer
        return AttemptResult(
            outcome=outcome,
            http_status=answer.status if answer else None,
            error=error,
            started_at=started_at,
            duration_ms=round((time.perf_counter() - clock) * 1000),
            request_headers=request.headers,
            response_headers=(headers := _kept_headers(came.headers) if came else {}),
            response_body=self._kept_body(came.body) if came else "",
            response_truncated=bool(came and not came.is_complete),
            retry_after=outcomes.retry_after(answer.status, headers, started_at) if answer else None,
            timings=exchange.timings(),
            request_bytes=len(request.body),
            response_bytes=len(came.body) if came else None,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._connector.close()
        await self._fresh_connector.close()
        await self._resolver.close()

    def _open_connector(self, **keeping: Any) -> BoundedConnector:
        return BoundedConnector(
            limit=0,  # the dispatcher bounds what is in flight
            socket_factory=self._open_socket,
            resolver=self._resolver,
            **keeping,
        )

    def _receiver(self, url: URL, subscription_id: UUID) -> _Receiver:
        return _Receiver(url, subscription_id, self._tls)

    async def _exchange(self, request: WebhookRequest, exchange: Exchange) -> Answer:
        self._policy.check_scheme(request.url.scheme, request.url.host or "")
        try:
            return await self._post(self._connector, request, exchange)
        except Exception as exc:
            if exchange.blocked:
                # When several addresses fail, the client joins their errors into one text.
                raise exchange.blocked from exc
            if not (exchange.reused and _closed_before_answer(exc)):
                raise
        # A kept-alive connection ended without a byte of an answer. Nearly always the receiver closed it for being
        # idle as the request went out, and never saw it; but it may have read the request, even processed it, and
        # then failed. The two look the same from here. Sending again is right in both: delivery is at least once,
        # the second request has the same webhook-id, by which a receiver tells duplicates, and a failed attempt
        # would be followed by the same request, only later.
        return await self._post(self._fresh_connector, request, exchange)

    async def _post(self, connector: BoundedConnector, request: WebhookRequest, exchange: Exchange) -> Answer:
        head = request.head()
        connection = await connector.connect(self._receiver_of(request.url, request.subscription_id), [], NO_TIMEOUT)
        protocol = cast(BoundedConnection, connection.protocol)
        transport = protocol.transport
        is_reusable = False
        try:
            if transport is None or transport.is_closing():
                raise aiohttp.ClientConnectionResetError("the connection ended before the request")
            protocol.set_response_params(read_until_eof=True, auto_decompress=False, read_bufsize=READ_BUFFER)
            transport.write(head + request.body)
            answer, content = await _read_head(protocol)
            exchange.answer = answer
            await self._read_body(content, answer)
            is_reusable = answer.is_complete and await _is_written(transport, protocol)
        finally:
            if is_reusable:
                connection.release()
            else:
                connection.close()
                if transport:
                    transport.abort()  # or what is not written waits for as long as the receiver takes to read it
        return answer

    async def _read_body(self, content: aiohttp.StreamReader, answer: Answer) -> None:
        """Read all of the body, or a little more than the part of it that is kept."""
        while not content.at_eof():
            if answer.body:
                await asyncio.sleep(0)  # what is there already would be read without letting anybody else run
            answer.body += await content.readany()
            if len(answer.body) > self._max_body:
                return
        answer.is_complete = True

    def _kept_body(self, body: bytes) -> str:
        # PostgreSQL's text cannot hold a NUL.
        return body[: self._max_body].decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")

    def _open_socket(self, info: Any) -> Any:
        try:
            exchange = current_exchange.get()
            exchange.dialled_at = exchange.dialled_at or time.perf_counter()
            return self._policy.open_socket(info)
        except BlockedAddressError as exc:
            current_exchange.get().blocked = exc
            raise OSError(str(exc)) from exc


async def _read_head(protocol: BoundedConnection) -> tuple[Answer, aiohttp.StreamReader]:
    """The answer without its body, and that; interim answers before it are passed over."""
    while True:
        message, content = await protocol.read()
        if message.code >= 200 or message.code == HTTPStatus.SWITCHING_PROTOCOLS:
            return Answer(message.code, message.headers), content


async def _is_written(transport: asyncio.Transport, protocol: BoundedConnection) -> bool:
    """Wait a moment for the rest of the request: a receiver may answer before it has taken all of it."""
    if transport.get_write_buffer_size():
        transport.set_write_buffer_limits(0)  # written means all of it
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await StreamWriter(protocol, asyncio.get_running_loop()).drain()
    return not transport.get_write_buffer_size()


def _closed_before_answer(error: Exception) -> bool:
    return isinstance(
        error, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError | ConnectionError
    ) and not isinstance(error, aiohttp.ClientConnectorError)


def _kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Names in lower case; of a header that comes several times, the values joined by commas (RFC 9110 5.2)."""
    kept: dict[str, str] = {}
    for name, value in islice(headers.items(), MAX_HEADERS):
        name = name.lower()
        value = REDACTED if name in SENSITIVE_HEADERS else f"{kept[name]}, {value}" if name in kept else value
        kept[name] = _storable(value[:MAX_HEADER_VALUE])
    return kept


def _storable(value: str) -> str:
    """aiohttp keeps bytes that are no UTF-8 as lone surrogates, which no database takes; nor does it take a NUL."""
    if not value.isascii():
        value = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return value.replace("\0", "")


def _tls_context() -> ssl.SSLContext:
    """The system's certificates, which may hold a company's own, and certifi's for hosts that have none."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
