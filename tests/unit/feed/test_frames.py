import json
from pathlib import Path

import orjson
import pytest

from monitor.feed import frames
from monitor.feed.frames import FIELDS, MAX_ERROR_CHARACTERS, Frame
from tests.unit.feed.rows import TENANT, attempt, frame, rows_json

CONTRACT = Path(__file__).parents[2] / "contract"


def contract(name: str):
    return json.loads((CONTRACT / f"feed_{name}.json").read_text())


def test_hello_is_that_of_the_contract():
    wire = contract("hello")
    assert json.loads(frames.hello(wire["epoch"], wire["head"], wire["oldest"], heartbeat_seconds=15.0)) == wire


def test_batch_is_that_of_the_contract():
    wire = contract("batch")
    assert json.loads(frames.batch(wire["from"], wire["to"], wire["r"])) == wire


def test_gap_is_that_of_the_contract():
    wire = contract("gap")
    assert json.loads(frames.gap(wire["from"], wire["to"], "expired")) == wire


def test_gap_without_numbers_is_that_of_the_contract():
    wire = contract("gap_unlogged")
    assert json.loads(frames.unlogged(wire["to"], wire["n"])) == wire


def test_reset_is_that_of_the_contract():
    wire = contract("reset")
    assert json.loads(frames.reset(wire["epoch"], wire["head"])) == wire


def test_heartbeat_is_that_of_the_contract():
    wire = contract("hb")
    assert json.loads(frames.heartbeat(wire["head"])) == wire


def test_error_is_that_of_the_contract():
    wire = contract("err")
    assert json.loads(frames.error(wire["code"], wire["detail"])) == wire


def test_row_of_the_contract_is_made_from_an_attempt():
    wire = contract("batch")["r"][1]
    made = attempt(
        delivery_id=wire[FIELDS.index("delivery_id")],
        subscription_id=wire[FIELDS.index("subscription_id")],
        number=2,
        max_attempts=8,
        event="invoice.authorized",
        outcome="http_5xx",
        http_status=503,
        duration_ms=212,
        started_at=1763991127.139,
        status="RETRYING",
        error="http_5xx: 503 Service Unavailable",
        next_attempt_at=1763991427.563,
    )
    assert frames.numbered([frames.unnumbered_row(made)], 1044) == [wire]


def test_rows_are_as_long_as_hello_says():
    assert len(frames.unnumbered_row(attempt())) + 1 == len(FIELDS) == len(set(FIELDS))


@pytest.mark.parametrize("error", ["x" * 500, "caf\u00e9 \ud800", "\x00"])
def test_a_receivers_words_are_bounded_and_can_be_encoded(error):
    row = frames.unnumbered_row(attempt(error=error))
    orjson.dumps(row)
    assert len(row[FIELDS.index("error") - 1]) <= MAX_ERROR_CHARACTERS


def test_frame_from_the_log_makes_its_text():
    message = json.loads(frame(5, 7).text)
    assert [message[key] for key in ("t", "from", "to", "n", "dropped")] == ["batch", 5, 7, 3, 0]
    assert [row[0] for row in message["r"]] == [5, 6, 7]


def test_frame_keeps_its_text_and_rows_through_the_channel_layer():
    sent = Frame("e1", 5, 7, rows_json=rows_json(3))
    received = frames.frame_of_message(frames.frame_message(sent))
    assert (received.epoch, received.first, received.last, received.count) == ("e1", 5, 7, 3)
    assert (received.text, received.rows) == (sent.text, sent.rows)


def test_every_tenant_has_a_group_of_its_own():
    assert frames.group_name(TENANT) == f"feed.{TENANT.hex}"
