"""docs/security.md says what is so, and every snippet that verifies a webhook tells genuine requests from others."""

from __future__ import annotations

import re
from functools import partial

import pytest

from monitor.feed.limits import MAX_MESSAGE_CHARACTERS, Limits
from project.config import Config
from rest import parsing
from tests.unit.verifiers import BODY, ROOT, SECRETS, in_go, in_node, in_php, in_python, signed
from webhooks.engine import connection, sender
from webhooks.engine.addresses import DEFAULT_PORTS
from webhooks.subscriptions import MAX_LIVE_SECRETS

TEXT = (ROOT / "docs" / "security.md").read_text()
NEW = "the-new-secret"


@pytest.fixture(
    scope="module",
    params=[
        partial(in_python, "standard_is_genuine"),
        partial(in_node, "standardIsGenuine"),
        partial(in_php, "standard_is_genuine"),
        partial(in_go, "StandardIsGenuine"),
    ],
    ids=["python", "node", "php", "go"],
)
def standard(request, tmp_path_factory):
    """Checks `webhook-signature`."""
    return request.param(tmp_path_factory.mktemp("verify"))


@pytest.fixture(
    scope="module",
    params=[partial(in_python, "plain_is_genuine"), partial(in_node, "plainIsGenuine")],
    ids=["python", "node"],
)
def plain(request, tmp_path_factory):
    """Checks `X-Signature`."""
    return request.param(tmp_path_factory.mktemp("verify"))


def with_header(request, name, value):
    headers, body = request
    return {**headers, name: value}, body


@pytest.mark.parametrize("secret", SECRETS)
def test_a_genuine_request_is_accepted(standard, secret):
    assert standard((secret, *signed(secret)), (secret, *signed(secret, body=b"{}"))) == [True, True]


@pytest.mark.parametrize("secret", SECRETS)
def test_another_secret_body_id_or_time_is_refused(standard, secret):
    headers, body = signed(secret)
    later = str(int(headers["webhook-timestamp"]) + 1)
    others = [
        signed("another-secret"),
        (headers, body + b" "),
        (headers, body[:-1]),
        (headers, b""),
        with_header((headers, body), "webhook-id", "another"),
        with_header((headers, body), "webhook-timestamp", later),
    ]
    assert standard(*((secret, *request) for request in others)) == [False] * len(others)


def test_a_request_is_accepted_for_five_minutes(standard):
    (secret, *_) = SECRETS
    ages = [0, 270, 301, 3600, -270, -330]
    accepted = standard(*((secret, *signed(secret, age=age)) for age in ages))
    assert accepted == [True, True, False, False, True, False]


@pytest.mark.parametrize("secret", SECRETS)
def test_one_right_signature_of_several_is_enough(standard, secret):
    request = signed(NEW, secret)
    assert standard((NEW, *request), (secret, *request), ("a-third-secret", *request)) == [True, True, False]
    headers, body = signed(secret)
    right = headers["webhook-signature"]
    assert standard((secret, *with_header((headers, body), "webhook-signature", f"v1a,x  v1, {right}"))) == [True]


GARBAGE = ["", " ", "v1", "v1,", "v1,é", "v1,AAAA", "garbage", ",", "v1," + "A" * 44, "A" * 5000]


@pytest.mark.parametrize("secret", SECRETS)
def test_garbage_for_a_signature_is_refused(standard, secret):
    headers, body = signed(secret)
    right = headers["webhook-signature"]
    garbage = [*GARBAGE, right.replace("v1,", "v2,"), right.removeprefix("v1,"), right[:-1], right + "A", right + ","]
    requests = [with_header((headers, body), "webhook-signature", value) for value in garbage]
    assert standard(*((secret, *request) for request in requests)) == [False] * len(garbage)


def test_garbage_for_a_time_is_refused(standard):
    (secret, *_) = SECRETS
    garbage = ["", "now", "1e9", "0", "-1", "0x6", "1769860800.0", "9" * 5000, "9" * 19, "é"]
    requests = [with_header(signed(secret), "webhook-timestamp", value) for value in garbage]
    assert standard(*((secret, *request) for request in requests)) == [False] * len(garbage)


def test_missing_headers_are_refused(standard):
    (secret, *_) = SECRETS
    headers, body = signed(secret)
    without = [
        {name: value for name, value in headers.items() if name != missing}
        for missing in ("webhook-id", "webhook-timestamp", "webhook-signature")
    ]
    assert standard(*((secret, headers, body) for headers in [*without, {}])) == [False] * 4


@pytest.mark.parametrize("secret", SECRETS)
def test_the_plain_signature_covers_the_body_alone(plain, secret):
    headers, body = signed(secret)
    assert plain((secret, headers, body), (secret, *signed(secret, age=3600))) == [True, True]
    garbage = [with_header((headers, body), "x-signature", f"sha256={value}") for value in GARBAGE]
    others = [signed("another-secret"), (headers, body + b" "), ({}, BODY), *garbage]
    assert plain(*((secret, *request) for request in others)) == [False] * len(others)


@pytest.mark.parametrize("secret", SECRETS)
def test_the_plain_signature_is_by_the_newest_secret(plain, secret):
    request = signed(NEW, secret)
    assert plain((NEW, *request), (secret, *request)) == [True, False]


def default(setting: str) -> int:
    return int(Config.model_fields[setting].default)


@pytest.mark.parametrize(
    ("what", "bound"),
    [
        ("body of an API request", f"{default('API_MAX_BODY_BYTES') >> 20} MB"),
        ("time for a request to come in", f"{default('API_REQUEST_SECONDS')} s"),
        (
            "its JSON",
            f"{parsing.MAX_DEPTH} levels, {parsing.MAX_VALUES:,} values, {parsing.MAX_KEYS} keys of an object",
        ),
        ("requests of a token", f"{default('API_RATE_LIMIT')} a minute"),
        ("feed sockets of one person or token, per web process", f"{default('FEED_SOCKETS_PER_CALLER')}"),
        ("message of a feed socket", f"{MAX_MESSAGE_CHARACTERS:,} characters"),
        ("subscriptions of a tenant", f"{default('WEBHOOK_MAX_SUBSCRIPTIONS')}"),
        ("body of a webhook", f"{default('WEBHOOK_MAX_PAYLOAD_BYTES') >> 10} KB"),
        ("one webhook request in all", f"{default('WEBHOOK_TIMEOUT')} s"),
        ("body of an answer that is kept", f"{default('WEBHOOK_MAX_RESPONSE_BYTES') >> 10} KB"),
        (
            "rest of an answer",
            f"{connection.MAX_BESIDES_BODY >> 10} KB and three times its body,"
            f" {connection.MAX_INTERIM} interim answers",
        ),
        (
            "headers of an answer that are kept",
            f"{sender.MAX_HEADERS} of {sender.MAX_HEADER_VALUE:,} characters",
        ),
        ("history", f"{default('WEBHOOK_HISTORY_DAYS')} days"),
    ],
)
def test_every_bound_is_given(what, bound):
    (given,) = re.findall(rf"^\| {re.escape(what)} \| (.*?) \|", TEXT, re.MULTILINE)
    assert given == bound


def test_numbers_of_the_text_are_those_of_the_code():
    assert f"port {' or '.join(map(str, sorted(DEFAULT_PORTS)))}" in TEXT
    assert f"{MAX_LIVE_SECRETS} secrets" in TEXT
    assert f"{Limits().recheck_seconds:.0f} s" in TEXT
    assert [name for name in sender.SENSITIVE_HEADERS if f"`{name}`" not in TEXT] == []
