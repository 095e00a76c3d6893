"""What an attempt meant: an expected failure is data here, never an exception that escapes.

aiohttp's exceptions cause one another, so the type of the most telling one in the chain decides.
"""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from errno import errorcode
from http import HTTPStatus
from http.client import responses

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from webhooks.engine.exceptions import BlockedAddressError

MAX_ERROR_LENGTH = 500
MAX_RETRY_AFTER = 3600.0
_ERRNO = re.compile(r"\[Errno (\d+)\]")


class Outcome(StrEnum):
    """Every way an attempt can end."""

    SUCCESS = "success"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    DNS = "dns"
    TLS = "tls"
    BLOCKED = "blocked"
    ABANDONED = "abandoned"
    HTTP_3XX = "http_3xx"
    HTTP_4XX = "http_4xx"
    HTTP_429 = "http_429"
    HTTP_5XX = "http_5xx"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """One attempt as it went.

    `error` is None on success and begins with the outcome otherwise; `started_at` is in seconds since the epoch;
    `duration_ms` is None when nobody saw the end; `retry_after` is the receiver's wish in seconds. `timings` are those
    of `engine.connection.Exchange`. Sizes are of the bodies; `response_bytes` of what was read of it, None without one.
    """

    outcome: Outcome
    http_status: int | None
    error: str | None
    started_at: float
    duration_ms: int | None
    request_headers: dict[str, str]
    response_headers: dict[str, str]
    response_body: str
    response_truncated: bool
    retry_after: float | None
    timings: Mapping[str, int] = field(default_factory=dict)
    request_bytes: int | None = None
    response_bytes: int | None = None


def of_status(status: int) -> Outcome:
    """The outcome of an answer with this HTTP status."""
    if 200 <= status < 300:
        return Outcome.SUCCESS
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Outcome.HTTP_429
    return {3: Outcome.HTTP_3XX, 4: Outcome.HTTP_4XX, 5: Outcome.HTTP_5XX}.get(status // 100, Outcome.OTHER)


def status_error(status: int) -> str | None:
    """`last_error` of an answer: the outcome, the status and its standard phrase; None for a success."""
    outcome = of_status(status)
    if outcome is Outcome.SUCCESS:
        return None
    return f"{outcome}: {status} {responses.get(status, 'not a standard status')}"


def of_exception(error: BaseException, timeout: float) -> tuple[Outcome, str]:
    """Outcome and `last_error` of an attempt that got no complete answer within `timeout` seconds."""
    causes = list(_chain(error))
    for kinds, outcome, words in _CLASSES:
        for cause in causes:
            if isinstance(cause, kinds):
                return outcome, _clean(f"{outcome}: {words.format(timeout=f'{timeout:g}', cause=_reason(cause))}")
    return Outcome.OTHER, _clean(f"{Outcome.OTHER}: {type(error).__name__}: {error}")


# First match wins, most telling first: a certificate error is also a connection error, and both are OSErrors.
_CLASSES: tuple[tuple[tuple[type[BaseException], ...], Outcome, str], ...] = (
    ((BlockedAddressError,), Outcome.BLOCKED, "{cause}"),
    ((aiohttp.ClientConnectorDNSError,), Outcome.DNS, "{cause}"),
    ((ssl.SSLError, ssl.CertificateError, aiohttp.ClientSSLError), Outcome.TLS, "{cause}"),
    ((TimeoutError, aiohttp.ServerTimeoutError), Outcome.TIMEOUT, "no complete answer in {timeout} s"),
    ((aiohttp.ClientPayloadError,), Outcome.CONNECTION, "the connection ended before the answer was complete"),
    ((HttpProcessingError,), Outcome.OTHER, "the answer is not valid HTTP: {cause}"),
    ((aiohttp.InvalidURL,), Outcome.OTHER, "the URL cannot be called"),
    ((aiohttp.ServerDisconnectedError,), Outcome.CONNECTION, "the receiver closed the connection without an answer"),
    ((aiohttp.ClientError, OSError), Outcome.CONNECTION, "{cause}"),
)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what caused it, including the OS error aiohttp keeps as an attribute."""
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        current = pending.pop(0)
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        pending += [getattr(current, "os_error", None), current.__cause__, current.__context__]


def _reason(cause: BaseException) -> str:
    if isinstance(cause, aiohttp.ClientConnectorDNSError):
        return f"the name {cause.host} cannot be resolved"
    if isinstance(cause, aiohttp.ClientConnectorCertificateError):
        error = cause.certificate_error
        return f"the certificate is not valid: {getattr(error, 'verify_message', None) or error}"
    if isinstance(cause, HttpProcessingError):
        return cause.message.partition("\n")[0].strip(" :")  # what follows draws a caret under the bytes
    if isinstance(cause, OSError) and not isinstance(cause, ssl.SSLError):  # whose numbers are OpenSSL's
        return _system_reason(cause)
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return str(cause) or type(cause).__name__


def _system_reason(error: OSError) -> str:
    """The system's words. asyncio puts its own and Python's in their place, of several addresses all in one line."""
    found = _ERRNO.search(str(error))
    number = error.errno or (int(found[1]) if found else 0)
    return os.strerror(number) if number in errorcode else error.strerror or str(error) or type(error).__name__


def _clean(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)[:MAX_ERROR_LENGTH]


def retry_after(status: int, headers: Mapping[str, str], now: float) -> float | None:
    """Seconds a 429 or 503 asks to wait (RFC 9110 10.2.3: seconds or a date), at most an hour; None otherwise."""
    value = headers.get("retry-after", "").strip()
    if status not in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE) or not value:
        return None
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), MAX_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    wait = (aware - datetime.fromtimestamp(now, UTC)).total_seconds()
    return max(0.0, min(wait, MAX_RETRY_AFTER))
