"""Receivers that send anything: random bytes, and valid answers with something wrong in them."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from tests.hostile import Exchange, receiver
from tests.unit.engine.sending import OPEN, hang, request_to
from webhooks.engine.outcome import MAX_ERROR_LENGTH, MAX_RETRY_AFTER, Outcome, retry_after
from webhooks.engine.sender import MAX_HEADER_VALUE, MAX_HEADERS, Sender, _kept_headers

NOW = 1_700_000_000.0
DEADLINE = 0.1
# For a loaded machine; a sender without a deadline would take for ever.
SLACK = 5.0
MAX_BODY = 200

# As aiohttp reads them: bytes that are no UTF-8 are lone surrogates.
WIRE_TEXT = st.binary(max_size=60).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
NAMES = st.sampled_from(["Retry-After", "Set-Cookie", "X-Two", "X-\udcff"]) | WIRE_TEXT
# Python's parser of dates forgives much; these are the parts it looks for, in any order and number.
DATE_PARTS = st.sampled_from([
    "Sun,", "Nov", "nov", "06", "32", "1994", "0000", "99999", "08:49:37", "25:61:61", "8.49", "GMT", "+0100", "-9999",
    "+99999999999999999999", "1-Nov-94", "-", ",", ":", "", "٣", "\udcff", "\0",
])  # fmt: skip
WAITS = (
    WIRE_TEXT
    | st.lists(DATE_PARTS, max_size=8).map(" ".join)
    | st.datetimes().map(lambda moment: moment.strftime("%a, %d %b %Y %H:%M:%S GMT"))
    | st.integers().map(str)
)
ANSWERS = (
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Request-Id: 7\r\n\r\nhello",
    b"HTTP/1.1 503 Busy\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nTrailer: t\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 429 Wait\r\nRetry-After: Sun, 06 Nov 2094 08:49:37 GMT\r\n\r\nno length",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x00",
)
# What parsers disagree about.
PIECES = st.sampled_from([
    b"\0", b"\r", b"\n", b"\r\n\r\n", b" ", b":", b"\xff", b"\xed\xa0\x80", b"-1", b"99999999999999999999", b"HTTP/9.9",
    b"Content-Length: 1\r\n", b"Transfer-Encoding: chunked\r\n", b"X-Odd: \x00\xff\r\n", b" folded\r\n", b"x" * 9000,
])  # fmt: skip


@st.composite
def mutated(draw) -> bytes:
    """A valid answer in which up to four stretches are replaced, doubled or lost."""
    answer = draw(st.sampled_from(ANSWERS))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(answer)))
        end = draw(st.integers(start, min(len(answer), start + 12)))
        answer = answer[:start] + draw(PIECES | st.binary(max_size=4) | st.just(answer[start:end] * 2)) + answer[end:]
    return answer


def storable(text: str) -> bool:
    """Whether PostgreSQL takes it, as text and within JSON."""
    return "\0" not in text and text.encode("utf-8", "replace").decode() == text


@given(WAITS, st.sampled_from([429, 503]))
@example("-jan-2020 10:00:00 GMT", 503)
def test_any_retry_after_is_a_wait_of_at_most_an_hour_or_none(value, status):
    wait = retry_after(status, {"retry-after": value}, NOW)
    assert wait is None or 0 <= wait <= MAX_RETRY_AFTER


@given(st.lists(st.tuples(NAMES, WIRE_TEXT | st.text("\udcc3é\0", max_size=2000)), max_size=80))
def test_any_headers_can_be_stored_and_are_bounded(headers):
    kept = _kept_headers(CIMultiDict(headers))
    assert len(kept) <= MAX_HEADERS
    assert all(len(value) <= MAX_HEADER_VALUE for value in kept.values())
    assert all(storable(value) for value in kept.values())


@given(answer=st.binary(max_size=200) | mutated(), ends=st.booleans())
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.asyncio
async def test_any_bytes_for_an_answer_end_as_an_outcome_that_can_be_stored(answer, ends):
    async def send_it(exchange: Exchange) -> None:
        await exchange.send(answer)
        if ends:
            exchange.writer.close()
        else:
            await hang(exchange)

    async with receiver(send_it) as state:
        sender = Sender(policy=OPEN, max_body=MAX_BODY)
        begun = time.monotonic()
        result = await sender.send(request_to(state.url), timeout=DEADLINE)
        took = time.monotonic() - begun
        await sender.aclose()
    assert took < DEADLINE + SLACK
    assert result.outcome in Outcome
    assert result.error is None or result.error.startswith(result.outcome)
    assert len(result.error or "") <= MAX_ERROR_LENGTH + 100
    assert (result.outcome is Outcome.SUCCESS) == (result.error is None) == (200 <= (result.http_status or 0) < 300)
    assert result.retry_after is None or 0 <= result.retry_after <= MAX_RETRY_AFTER
    assert len(result.response_body) <= MAX_BODY
    stored = [result.error or "", result.response_body, *result.response_headers, *result.response_headers.values()]
    assert all(storable(text) for text in stored), stored
