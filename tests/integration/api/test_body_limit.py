"""Bodies that are too large are refused by the web process, with or without a Content-Length."""

from __future__ import annotations

import json

import pytest
from asgiref.testing import ApplicationCommunicator

from project.asgi import application

PATH = "/api/v1/tenant/webhooks/subscriptions"
LIMIT = 1_048_576


async def answer(chunks, headers=(), path=PATH):
    """Status, headers and JSON that the web process answers to a POST of these chunks; it may not read them all."""
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": [(b"host", b"localhost"), *headers],
    }
    web = ApplicationCommunicator(application, scope)
    for number, chunk in enumerate(chunks, 1):
        await web.send_input({"type": "http.request", "body": chunk, "more_body": number < len(chunks)})
    start = await web.receive_output(10)
    body = await web.receive_output(10)
    await web.wait(10)
    return start["status"], dict(start["headers"]), json.loads(body["body"])


def is_too_large(status, headers, problem):
    assert (status, headers[b"content-type"]) == (413, b"application/problem+json")
    return problem["status"] == 413 and str(LIMIT) in problem["detail"]


async def test_a_length_over_the_limit_is_refused_before_the_body_is_read():
    assert is_too_large(*await answer([], [(b"content-length", str(LIMIT + 1).encode())]))


async def test_a_length_of_thousands_of_digits_is_too_large():
    assert is_too_large(*await answer([], [(b"content-length", b"9" * 5000)]))


async def test_a_chunked_body_is_counted():
    assert is_too_large(*await answer([b"x" * 65_536] * 17))


async def test_a_body_longer_than_it_said_is_counted():
    assert is_too_large(*await answer([b"x" * 65_536] * 17, [(b"content-length", b"10")]))


@pytest.mark.parametrize("headers", [(), [(b"content-length", str(LIMIT).encode())]])
async def test_a_body_of_exactly_the_limit_goes_through(headers):
    status, _, problem = await answer([b"x" * (LIMIT // 2)] * 2, headers)
    assert (status, problem["title"]) == (401, "Unauthorized")


@pytest.mark.parametrize("length", [b"-1", b"x", b"", b"1.5"])
async def test_a_length_that_is_no_number_does_not_lift_the_limit(length):
    assert is_too_large(*await answer([b"x" * 65_536] * 17, [(b"content-length", length)]))
