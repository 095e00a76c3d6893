from uuid import UUID

import pytest

from webhooks.engine.request import PendingDispatch, build
from webhooks.engine.signature import standard_signature, x_signature

EVENT_ID = UUID("019ab610-422b-790a-a437-9dc6b07d5ebf")


def dispatch(**changes) -> PendingDispatch:
    values = {
        "delivery_id": UUID(int=1),
        "subscription_id": UUID(int=2),
        "event_id": EVENT_ID,
        "event": "invoice.sent",
        "attempt": 2,
        "url": "https://hooks.example.com/erp",
        "secrets": ("the-new-secret", "the-old-secret"),
        "body": b'{"id":1}',
        "timeout": 10.0,
    }
    return PendingDispatch(**{**values, **changes})


def test_request_carries_event_attempt_and_both_signatures():
    request = build(dispatch(), 1_700_000_000)
    assert (str(request.url), request.body) == ("https://hooks.example.com/erp", b'{"id":1}')
    expected = {
        "content-type": "application/json",
        "user-agent": "GestiqCloud-Webhooks/1.0",
        "x-event": "invoice.sent",
        "x-attempt": "2",
        "webhook-id": str(EVENT_ID),
        "webhook-timestamp": "1700000000",
        "x-signature": x_signature("the-new-secret", b'{"id":1}'),
        "webhook-signature": standard_signature(
            ["the-new-secret", "the-old-secret"], str(EVENT_ID), 1_700_000_000, b'{"id":1}'
        ),
    }
    assert expected.items() <= request.headers.items()


def test_request_names_its_trace_where_there_is_one():
    traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    plain, traced = build(dispatch(), 1_700_000_000), build(dispatch(), 1_700_000_000, traceparent)
    assert traced.headers == {**plain.headers, "traceparent": traceparent}


def test_head_is_the_request_line_and_every_header():
    request = build(dispatch(url="https://hooks.example.com/erp/a%20b?c=%C3%A9"), 1_700_000_000)
    line, *headers = request.head().decode().split("\r\n")
    assert line == "POST /erp/a%20b?c=%C3%A9 HTTP/1.1"
    assert headers == [f"{name}: {value}" for name, value in request.headers.items()] + ["", ""]
    assert request.headers["host"] == "hooks.example.com"


@pytest.mark.parametrize("value", ["a\r\nx-evil: 1", "a\nx-evil: 1", "a\rb", "a\0b"])
def test_value_that_would_begin_another_header_is_refused(value):
    request = build(dispatch(event=value), 1_700_000_000)
    with pytest.raises(ValueError, match="control character"):
        request.head()


def test_printing_a_dispatch_shows_neither_secrets_nor_payload():
    shown = repr(dispatch(body=b"private"))
    assert "secret" not in shown
    assert "private" not in shown
