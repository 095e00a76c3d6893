"""Attempts of a span of time: the feed's rows and the feed's filter, read from the history."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import orjson
import pytest
from django.test import Client

from monitor import past_attempts
from monitor.feed.frames import FIELDS
from monitor.times import milliseconds
from tests.factories import make_attempt, make_delivery, make_subscription, make_tenant
from tests.integration.monitor.past import ago, attempt_at, failed_at
from webhooks.models import Circuit

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(sign_in, tenant):
    """A page of the tenant's attempts as one of its people gets it; rows as objects."""
    client = sign_in(tenant)

    def ask(since=None, **parameters):
        if "filter" in parameters:
            parameters["filter"] = orjson.dumps(parameters["filter"]).decode()
        response = client.get("/monitor/attempts", {"since": (since or ago(hours=1)).isoformat(), **parameters})
        assert response.status_code == 200, response.content
        page = response.json()
        return {**page, "rows": [dict(zip(page["fields"], row, strict=True)) for row in page["rows"]]}

    return ask


def ids(page):
    return [row["delivery_id"] for row in page["rows"]]


def test_rows_are_the_feeds_newest_first(ask, tenant):
    subscription = make_subscription(tenant)
    older = failed_at(ago(minutes=9), subscription, duration_ms=120)
    newer = attempt_at(ago(minutes=3), subscription, http_status=202)
    page = ask()
    assert page["fields"] == list(FIELDS)
    assert ids(page) == [str(newer.delivery_id), str(older.delivery_id)]
    row = page["rows"][1]
    assert row["seq"] is None
    assert (row["status"], row["outcome"], row["http_status"], row["duration_ms"]) == ("FAILED", "http_5xx", 503, 120)
    assert row["subscription_id"] == str(subscription.id)
    assert (page["examined"], page["next_cursor"]) == (2, None)


def test_only_the_span_is_shown(ask, tenant):
    subscription = make_subscription(tenant)
    attempt_at(ago(minutes=50), subscription)
    inside = attempt_at(ago(minutes=30), subscription)
    attempt_at(ago(minutes=10), subscription)
    assert ids(ask(ago(minutes=40), until=ago(minutes=20).isoformat())) == [str(inside.delivery_id)]


def test_filter_is_the_feeds(ask, tenant):
    subscription = make_subscription(tenant)
    failed = failed_at(ago(minutes=2), subscription)
    attempt_at(ago(minutes=1), subscription)
    page = ask(filter={"code": ["5xx"], "not": {"event": ["invoice.*"]}})
    assert (ids(page), page["examined"]) == ([str(failed.delivery_id)], 2)
    assert ids(ask(filter={"not": {"outcome": ["success"]}})) == [str(failed.delivery_id)]


def test_status_is_what_each_attempt_left(ask, tenant):
    delivery = make_delivery(make_subscription(tenant), status="FAILED", attempt_count=2)
    for number in (1, 2):
        make_attempt(delivery, number=number, outcome="timeout", http_status=None, error="timeout: none")
    assert [(row["attempt"], row["status"]) for row in ask()["rows"]] == [(2, "FAILED"), (1, "RETRYING")]
    assert [row["attempt"] for row in ask(filter={"status": ["FAILED"]})["rows"]] == [2]


def test_last_attempt_of_what_waits_says_when_and_why(ask, tenant):
    subscription, broken = make_subscription(tenant), make_subscription(tenant)
    now = datetime.now(UTC)
    Circuit.objects.create(
        subscription_id=broken.id, tenant_id=tenant.id, state="open", opened_at=now, failed_at=now,
        wait=timedelta(seconds=30), probe_at=now,
    )  # fmt: skip
    for each in (subscription, broken):
        waiting = make_delivery(each, status="RETRYING", attempt_count=1, next_attempt_at=now)
        make_attempt(waiting, number=1, outcome="http_5xx", http_status=500, error="http_5xx: 500")
    held, due = ask()["rows"]
    assert (due["status"], due["held"], due["next_attempt_at"]) == ("RETRYING", None, round(now.timestamp() * 1000))
    assert (held["status"], held["held"], held["next_attempt_at"]) == ("RETRYING", "circuit", None)


def test_who_asks_for_what_waits_gets_what_was_never_tried(ask, tenant):
    subscription, broken = make_subscription(tenant), make_subscription(tenant)
    now = datetime.now(UTC)
    Circuit.objects.create(
        subscription_id=broken.id, tenant_id=tenant.id, state="open", opened_at=now, failed_at=now,
        wait=timedelta(seconds=30), probe_at=now,
    )  # fmt: skip
    begin = ago(minutes=4)
    due = make_delivery(subscription, created_at=begin, next_attempt_at=begin)
    held = make_delivery(broken, created_at=ago(minutes=3), next_attempt_at=ago(minutes=3))
    cancelled = make_delivery(subscription, created_at=ago(minutes=2), status="CANCELLED")
    expired = make_delivery(subscription, created_at=ago(minutes=1), status="FAILED", last_error="expired")
    failed = failed_at(ago(seconds=30), subscription)
    make_delivery(make_subscription(), created_at=ago(minutes=4))
    make_delivery(subscription, created_at=ago(hours=30))

    def shown(*statuses):
        return [(row["delivery_id"], row["attempt"]) for row in ask(filter={"status": statuses})["rows"]]

    assert shown("PENDING") == [(str(held.id), 0), (str(due.id), 0)]
    assert shown("PENDING", "CANCELLED") == [(str(cancelled.id), 0), (str(held.id), 0), (str(due.id), 0)]
    assert shown("FAILED") == [(str(failed.delivery_id), 1), (str(expired.id), 0)]
    assert ids(ask()) == [str(failed.delivery_id)]
    first, second = ask(filter={"status": ["PENDING"]})["rows"]
    assert (first["held"], first["next_attempt_at"], first["outcome"]) == ("circuit", None, "")
    assert (second["held"], second["next_attempt_at"]) == (None, milliseconds(due.next_attempt_at))
    assert second["started_at"] == second["next_attempt_at"]


def test_the_last_attempt_of_what_was_cancelled_says_so(ask, tenant):
    delivery = make_delivery(make_subscription(tenant), status="CANCELLED", attempt_count=2)
    for number in (1, 2):
        make_attempt(delivery, number=number, outcome="timeout", http_status=None, error="timeout: none")
    assert [(row["attempt"], row["status"]) for row in ask()["rows"]] == [(2, "CANCELLED"), (1, "RETRYING")]


def test_pages_of_attempts_and_of_what_was_never_tried_go_on_from_one_cursor(ask, tenant, monkeypatch):
    monkeypatch.setattr(past_attempts, "MOST_ROWS", 2)
    monkeypatch.setattr(past_attempts, "READ_AT_ONCE", 2)
    subscription = make_subscription(tenant)
    made = []
    for minute in range(1, 6):
        made.append(str(make_delivery(subscription, created_at=ago(minutes=minute), status="CANCELLED").id))
        made.append(str(failed_at(ago(minutes=minute, seconds=20), subscription).delivery_id))
    seen, cursor = [], {}
    while not cursor or cursor["cursor"]:
        page = ask(filter={"status": ["CANCELLED", "FAILED"]}, **cursor)
        seen += ids(page)
        cursor = {"cursor": page["next_cursor"]}
    assert seen == made


def test_pages_go_on_from_the_cursor_and_end(ask, tenant, monkeypatch):
    monkeypatch.setattr(past_attempts, "MOST_ROWS", 2)
    monkeypatch.setattr(past_attempts, "READ_AT_ONCE", 3)
    subscription = make_subscription(tenant)
    made = [str(attempt_at(ago(minutes=minute), subscription).delivery_id) for minute in range(1, 6)]
    seen, cursor, pages = [], {}, 0
    while pages == 0 or cursor["cursor"]:
        page = ask(**cursor)
        seen += ids(page)
        cursor, pages = {"cursor": page["next_cursor"]}, pages + 1
    assert (seen, pages) == (made, 3)


def test_page_that_finds_little_ends_with_what_was_looked_at(ask, tenant, monkeypatch):
    monkeypatch.setattr(past_attempts, "MOST_EXAMINED", 3)
    subscription = make_subscription(tenant)
    times = [ago(minutes=minute) for minute in range(1, 6)]
    for moment in times[:-1]:
        attempt_at(moment, subscription)
    last = failed_at(times[-1], subscription)
    page = ask(filter={"code": [503]})
    assert (ids(page), page["examined"], page["reached"]) == ([], 3, int(times[2].timestamp() * 1000))
    page = ask(filter={"code": [503]}, cursor=page["next_cursor"])
    assert (ids(page), page["examined"], page["next_cursor"]) == ([str(last.delivery_id)], 2, None)


def test_anothers_attempts_are_never_shown(ask, sign_in, tenant):
    foreign = make_tenant()
    theirs = attempt_at(ago(minutes=1), make_subscription(foreign))
    assert ids(ask()) == []
    assert ids(ask(cursor=str(uuid4()))) == []
    parameters = {"since": ago(hours=1).isoformat(), "tenant": foreign.slug}
    assert sign_in(tenant).get("/monitor/attempts", parameters).status_code == 404
    page = sign_in(staff=True).get("/monitor/attempts", parameters).json()
    assert page["rows"][0][1] == str(theirs.delivery_id)


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({}, "since"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2999-01-01T00:00:00Z"}, "since"),
        ({"since": "2020-01-01T00:00:00Z"}, "since"),
        ({"filter": "{"}, "filter"),
        ({"filter": '{"colour": []}'}, "filter"),
        ({"filter": "[" * 5000}, "filter"),
        ({"cursor": "x"}, "cursor"),
        ({"limit": "5"}, "limit"),
    ],
)
def test_bad_parameters_are_named(sign_in, tenant, parameters, named):
    given = parameters if named == "since" else {"since": ago(hours=1).isoformat(), **parameters}
    response = sign_in(tenant).get("/monitor/attempts", given)
    assert response.status_code == 422
    assert list(response.json()["errors"]) == [named]


def test_needs_a_session():
    assert Client().get("/monitor/attempts").status_code == 401
