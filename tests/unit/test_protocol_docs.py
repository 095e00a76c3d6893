"""docs/protocol.md says everything there is to say, and its examples are true."""

import json
import re
from pathlib import Path

import pytest

from monitor.feed import messages
from monitor.feed.closing import CloseCode
from monitor.feed.filtering import Filter
from monitor.feed.frames import FIELDS, MAX_ERROR_CHARACTERS
from monitor.feed.limits import MAX_BATCH_ROWS, MAX_MESSAGE_CHARACTERS, MAX_QUEUED_MESSAGES, Limits
from monitor.feed.messages import FRAME_MILLISECONDS
from webhooks.engine.outcome import Outcome
from webhooks.metrics.attempts import DURATION_BUCKETS
from webhooks.models.delivery import DeliveryStatus, Held

TEXT = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text()
EXAMPLES = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)]
SERVER = ("hello", "batch", "gap", "reset", "hb", "metrics", "err")
CLIENT = ("sub", "ack", "ping")


def section(heading: str) -> str:
    """From a heading to the next one of its own level."""
    level = heading.partition(" ")[0]
    return re.split(rf"^{level} ", TEXT.split(f"\n{heading}", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def examples(kind: str):
    return [example for example in EXAMPLES if example.get("t") == kind]


@pytest.mark.parametrize("kind", SERVER + CLIENT)
def test_every_message_has_a_section_and_an_example(kind):
    assert f"### `{kind}`" in TEXT
    assert examples(kind)


@pytest.mark.parametrize("kind", SERVER)
def test_examples_have_the_keys_of_the_contract(kind):
    wire = json.loads((Path(__file__).parents[1] / "contract" / f"feed_{kind}.json").read_text())
    assert all(example.keys() == wire.keys() for example in examples(kind))


@pytest.mark.parametrize("kind", CLIENT)
def test_examples_of_client_messages_are_understood(kind):
    for example in examples(kind):
        messages.parse(json.dumps(example))


def test_example_of_hello_names_the_columns_and_rows_have_them():
    assert examples("hello")[0]["fields"] == list(FIELDS)
    assert [len(row) for row in examples("batch")[0]["r"]] == [len(FIELDS)]


def test_examples_of_hello_and_metrics_have_the_buckets_of_the_code():
    assert [example["duration_edges"] for example in examples("hello")] == [list(DURATION_BUCKETS)]
    assert [len(example["durations"]) for example in examples("metrics")] == [len(DURATION_BUCKETS) + 1]


@pytest.mark.parametrize("field", FIELDS)
def test_every_column_is_explained(field):
    assert f"\n| `{field}` |" in section("### `batch`")


@pytest.mark.parametrize("key", ["status", "event", "subscription", "outcome", "code", "min_attempt", "not"])
def test_every_filter_key_is_explained(key):
    Filter.parse({key: None})
    assert f"\n| `{key}` |" in section("## Filter")


def test_example_of_a_filter_is_understood():
    assert [Filter.parse(example) for example in EXAMPLES if "t" not in example]


@pytest.mark.parametrize("code", CloseCode)
def test_every_close_code_is_explained(code):
    assert f"\n| {code} |" in section("## Close codes")


def test_close_codes_are_of_the_range_that_may_be_sent():
    assert all(4000 <= code <= 4999 for code in CloseCode)


@pytest.mark.parametrize("value", [*Outcome, *DeliveryStatus.values, *Held.values])
def test_every_value_of_a_row_is_named(value):
    assert f"`{value}`" in TEXT


@pytest.mark.parametrize(
    ("heading", "number"),
    [
        ("## Pace", f"{Limits().window_rows:,} |"),
        ("## Pace", f"{Limits().shed_rows:,} |"),
        ("## Pace", f"{Limits().blocked_seconds} s |"),
        ("## Pace", f"{Limits().unacked_seconds} s |"),
        ("## Pace", f"{Limits().sub_seconds} s |"),
        ("## Pace", f"{Limits().sockets} |"),
        ("## Pace", f"{MAX_QUEUED_MESSAGES} |"),
        ("## Pace", f"{MAX_BATCH_ROWS:,} |"),
        ("### `hb`", f"({Limits().heartbeat_seconds})"),
        ("### `batch`", f"about every {Limits().empty_batch_seconds} s"),
        ("### `batch`", f"at most {MAX_ERROR_CHARACTERS} characters"),
        ("### `sub`", "{} to {}:".format(*FRAME_MILLISECONDS)),
        ("### `err`", f"{MAX_MESSAGE_CHARACTERS:,} characters"),
        ("## Opening", f"about every {Limits().recheck_seconds} s"),
    ],
)
def test_numbers_are_those_of_the_code(heading, number):
    assert number in section(heading)
