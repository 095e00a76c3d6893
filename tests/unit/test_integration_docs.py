"""docs/integration.md says all that an integration developer needs, and its snippets work."""

from __future__ import annotations

import json
import re
from datetime import datetime
from uuid import UUID

import pytest
from standardwebhooks.webhooks import WebhookVerificationError

from erp.lines import MAX_LINES
from project.config import Config
from rest.pagination import DEFAULT_LIMIT, MAX_LIMIT
from tests.unit.verifiers import BODY, PAGE, SECRETS, signed, snippet
from webhooks import event_types
from webhooks.engine import retry
from webhooks.engine.addresses import DEFAULT_PORTS, MAX_URL_LENGTH
from webhooks.engine.outcome import Outcome
from webhooks.engine.request import PendingDispatch, build
from webhooks.engine.retry import SCHEDULES
from webhooks.models import DeliveryStatus

TEXT = PAGE.read_text()


def names(*wanted: str) -> list[str]:
    """Those that the page does not name in code type."""
    return [name for name in wanted if f"`{name}`" not in TEXT]


def test_every_outcome_is_explained():
    assert [outcome for outcome in Outcome if f"\n| `{outcome}` |" not in TEXT] == []


def test_every_event_type_is_named():
    assert names(*event_types.names(), event_types.TEST.name) == []


@pytest.mark.parametrize("event_type", event_types.registered(), ids=lambda each: each.name)
def test_every_payload_is_shown_as_it_is_registered(event_type):
    (shown,) = re.findall(rf"^#### `{re.escape(event_type.name)}`\n\n```json\n(.*?)```", TEXT, re.DOTALL | re.MULTILINE)
    # As text: the order of the fields counts, too.
    assert json.dumps(json.loads(shown)) == json.dumps(event_type.example_json())


def test_the_example_request_has_the_payload_of_its_type():
    (body,) = re.findall(r"^\{.*\}$", re.findall(r"```http\n(.*?)\n```", TEXT, re.DOTALL)[0], re.MULTILINE)
    examples = {event_type.name: event_type.example_json() for event_type in event_types.registered()}
    assert json.loads(body)["data"] == examples[json.loads(body)["type"]]


def test_every_status_is_explained():
    assert not [status for status in DeliveryStatus.values if f"`{status}`" not in TEXT]


def test_every_header_of_a_request_is_explained():
    headers, _ = signed(SECRETS[0])
    # Of the transport, not of the webhook.
    ours = set(headers) - {"host", "content-length", "accept", "accept-encoding"}
    assert len(ours) == 8
    assert [name for name in ours if f"| `{name}` |" not in TEXT.lower()] == []


def test_the_example_is_a_request_that_verifies():
    (example,) = re.findall(r"```http\n(.*?)\n```", TEXT, re.DOTALL)
    head, _, body = example.partition("\n\n")
    shown = dict(line.lower().split(": ", 1) for line in head.splitlines()[1:])
    (secret,) = re.findall(r"of the secret `(.*?)`", TEXT)
    values = json.loads(body)
    dispatch = PendingDispatch(
        UUID(int=1),
        UUID(int=2),
        UUID(values["id"]),
        values["type"],
        1,
        "https://hooks.example.com/erp",
        (secret,),
        body.encode(),
        10.0,
    )
    sent = {name: value.lower() for name, value in build(dispatch, int(shown["webhook-timestamp"])).headers.items()}
    assert shown.items() <= sent.items()
    assert datetime.fromisoformat(values["timestamp"]).timestamp() == int(shown["webhook-timestamp"])


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_is_given(name):
    (row,) = re.findall(rf'^\| `"{name}".*', TEXT, re.MULTILINE)
    assert f"| {len(SCHEDULES[name])} |" in row
    units = {"s": 1, "min": 60, "h": 3600}
    waits = re.findall(r"(\d+)(?: (s|min|h))?", row.split("|")[3].partition(":")[0])
    assert [int(number) * units[unit or "s"] for number, unit in waits] == list(SCHEDULES[name])


def limit_of(what: str) -> str:
    (limit,) = re.findall(rf"^\| {re.escape(what)} \| (.*) \|$", TEXT.partition("## Limits")[2], re.MULTILINE)
    return limit


def default(setting: str) -> int:
    return int(Config.model_fields[setting].default)


@pytest.mark.parametrize(
    ("what", "limit"),
    [
        ("body of a webhook request", f"{default('WEBHOOK_MAX_PAYLOAD_BYTES') >> 10} KB, thin above that"),
        ("one webhook request in all", f"{default('WEBHOOK_TIMEOUT')} s"),
        ("your answer's body", f"{default('WEBHOOK_MAX_RESPONSE_BYTES') >> 10} KB are kept"),
        (
            "retries of a delivery",
            f"{retry.MAX_RETRIES}, each at most {retry.MAX_WAIT:,.0f} s after the attempt before",
        ),
        ("`Retry-After`", f"{retry.MAX_RETRY_AFTER / 3600:.0f} h"),
        ("subscriptions of a tenant", f"{default('WEBHOOK_MAX_SUBSCRIPTIONS')}"),
        ("URL", f"{MAX_URL_LENGTH:,} characters"),
        ("body of an API request", f"{default('API_MAX_BODY_BYTES') >> 20} MB"),
        ("requests of a token", f"{default('API_RATE_LIMIT')} a minute"),
        ("lines of a sales order or an invoice", f"{MAX_LINES}"),
        ("items of a page", f"{MAX_LIMIT}"),
        ("history", f"{default('WEBHOOK_HISTORY_DAYS')} days"),
    ],
)
def test_every_limit_is_given(what, limit):
    assert limit_of(what) == limit


def test_ports_and_page_size_are_given():
    assert f"port {' or '.join(map(str, sorted(DEFAULT_PORTS)))}" in TEXT
    assert f"{DEFAULT_LIMIT} items unless" in TEXT


def test_json_examples_are_json():
    examples = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
    assert len(examples) == 2 + len(event_types.registered())
    assert all(json.loads(example) for example in examples)


@pytest.mark.parametrize("secret", SECRETS)
def test_the_public_package_verifies_as_shown(secret):
    code: dict = {}
    exec(snippet("verify_with_package.py"), code)  # noqa: S102  # the page's own code
    assert code["verified"](secret, *signed(secret)) == json.loads(BODY)
    headers, body = signed(secret)
    with pytest.raises(WebhookVerificationError):
        code["verified"](secret, headers, body + b" ")
