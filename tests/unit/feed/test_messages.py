import json
from pathlib import Path

import pytest

from monitor.feed import messages
from monitor.feed.filtering import Filter
from monitor.feed.limits import MAX_MESSAGE_CHARACTERS
from monitor.feed.messages import Acknowledge, BadMessageError, Ping, Subscribe

CONTRACT = Path(__file__).parents[2] / "contract"


def parse(**message):
    return messages.parse(json.dumps(message))


def test_sub_of_the_contract_is_understood():
    text = (CONTRACT / "feed_sub.json").read_text()
    wire = json.loads(text)
    assert messages.parse(text) == Subscribe(Filter.parse(wire["filter"]), 1042, "1763990000000-0", 0)


def test_sub_needs_nothing():
    assert parse(t="sub") == Subscribe(Filter(), None, None, 0)


def test_sub_takes_null_for_nothing():
    assert parse(t="sub", filter=None, cursor=None, epoch=None, frame_ms=None) == Subscribe(Filter(), None, None, 0)


def test_frame_ms_becomes_seconds():
    assert parse(t="sub", frame_ms=250).frame_seconds == 0.25


def test_ack_and_ping():
    assert parse(t="ack", to=12) == Acknowledge(12)
    assert parse(t="ping") == Ping()


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "{",
        "[]",
        '"sub"',
        "NaN",
        '{"t": "sub", "x": "\\ud800"}',
        " " * (MAX_MESSAGE_CHARACTERS + 1),
        "[" * 9000,
    ],
)
def test_what_is_not_a_json_object_is_refused(text):
    with pytest.raises(BadMessageError) as refused:
        messages.parse(text)
    assert refused.value.code == "bad_message"


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        ({}, "t: must be"),
        ({"t": "hello"}, "t: must be"),
        ({"t": ["sub"]}, "t: must be"),
        ({"t": "sub", "filters": {}}, "filters: unknown key"),
        ({"t": "sub", "cursor": -1}, "cursor:"),
        ({"t": "sub", "cursor": 1.5}, "cursor:"),
        ({"t": "sub", "cursor": True}, "cursor:"),
        ({"t": "sub", "cursor": 2**53}, "cursor:"),
        ({"t": "sub", "epoch": 7}, "epoch:"),
        ({"t": "sub", "frame_ms": 99}, "frame_ms:"),
        ({"t": "sub", "frame_ms": 5001}, "frame_ms:"),
        ({"t": "ack"}, "to:"),
        ({"t": "ack", "to": "12"}, "to:"),
    ],
)
def test_wrong_message_is_explained(message, problem):
    with pytest.raises(BadMessageError, match=problem) as refused:
        parse(**message)
    assert refused.value.code == "bad_message"


def test_wrong_filter_has_a_code_of_its_own():
    with pytest.raises(BadMessageError) as refused:
        parse(t="sub", filter={"status": ["RETRYNG"]})
    wire = json.loads((CONTRACT / "feed_err.json").read_text())
    assert (refused.value.code, str(refused.value)) == (wire["code"], wire["detail"])
