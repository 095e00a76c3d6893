"""The registry of event types, and the promise that payloads evolve by addition only.

`tests/contract/event_<name>.json` is what receivers were promised: fields are only ever added to these files.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from webhooks import event_types
from webhooks.event_types import EventType

CONTRACT = Path(__file__).parents[1] / "contract"
TWELVE = {
    "customer.created", "customer.updated",
    "sales_order.created", "sales_order.confirmed", "sales_order.cancelled",
    "invoice.created", "invoice.sent", "invoice.authorized", "invoice.rejected", "invoice.cancelled",
    "payment.received", "payment.failed",
}  # fmt: skip

every_type = pytest.mark.parametrize("event_type", event_types.registered(), ids=lambda each: each.name)


def promised(event_type: EventType[Any]) -> Any:
    return json.loads((CONTRACT / f"event_{event_type.name}.json").read_text())


def fields(value: Any, path: str = "") -> dict[str, str]:
    """Each field's dotted path and the JSON type of its value; a list counts by its first item."""
    if isinstance(value, dict):
        inner = [fields(item, f"{path}.{name}") for name, item in value.items()]
    elif isinstance(value, list):
        inner = [fields(item, f"{path}[]") for item in value[:1]]
    else:
        inner = []
    return {path: type(value).__name__} | {name: kind for each in inner for name, kind in each.items()}


def test_the_twelve_event_types_are_registered() -> None:
    assert set(event_types.names()) == TWELVE
    assert set(event_types.patterns()) == {"*", "customer.*", "sales_order.*", "invoice.*", "payment.*"}


def test_a_name_is_registered_once() -> None:
    taken = event_types.registered()[0]
    event_types.register(taken)
    with pytest.raises(ValueError, match=taken.name):
        event_types.register(dataclasses.replace(taken))
    assert event_types.registered()[0] is taken


@pytest.mark.parametrize("pattern", ["*", "invoice.*", "invoice.sent"])
def test_patterns_are_made_from_the_registry(pattern: str) -> None:
    event_types.check_pattern(pattern)


@pytest.mark.parametrize("pattern", ["", "invoice", "invoice.", "invoice.paid", "webhook.test", "webhook.*", "**"])
def test_other_patterns_are_refused_with_what_there_is(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"invoice\.authorized.*payment\.\*"):
        event_types.check_pattern(pattern)


@every_type
def test_a_schema_is_valid_and_the_example_follows_it(event_type: EventType[Any]) -> None:
    Draft202012Validator.check_schema(event_type.schema())
    validator = Draft202012Validator(event_type.schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)
    validator.validate(event_type.example_json())
    assert not validator.is_valid({"id": event_type.example_json()["id"]})
    assert event_type.schema()["description"]


@every_type
def test_a_description_is_a_sentence(event_type: EventType[Any]) -> None:
    assert event_type.description[0].isupper()
    assert event_type.description.endswith(".")


@every_type
def test_no_promised_field_is_taken_away_or_changes_its_type(event_type: EventType[Any]) -> None:
    assert fields(promised(event_type)).items() <= fields(event_type.example_json()).items()
    assert set(promised(event_type)) <= set(event_type.schema()["required"])


@every_type
def test_every_field_is_promised(event_type: EventType[Any]) -> None:
    missing = fields(event_type.example_json()).keys() - fields(promised(event_type)).keys()
    assert not missing, "add the new fields to the fixture"


@every_type
def test_what_was_promised_still_follows_the_schema(event_type: EventType[Any]) -> None:
    Draft202012Validator(event_type.schema()).validate(promised(event_type))


def test_there_is_a_promise_for_each_type_and_no_other() -> None:
    assert {path.stem.removeprefix("event_") for path in CONTRACT.glob("event_*.json")} == TWELVE
