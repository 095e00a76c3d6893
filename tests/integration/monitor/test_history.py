"""The charts: the same figures, whether they come from attempts, from minutes, or from both."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client

from monitor import counted
from monitor.counted import percentile
from tenancy.models import Membership
from tests.factories import make_delivery, make_subscription, make_tenant
from tests.integration.monitor.past import ago, attempt_at, failed_at
from webhooks import pruning, rollups
from webhooks.metrics import gauges
from webhooks.models import Backlog, Rollup, Subscription
from webhooks.rollups import ALL, MINUTE, beginning

pytestmark = pytest.mark.django_db


def ms(moment):
    return round(moment.timestamp() * 1000)


@pytest.fixture
def ask(sign_in, tenant):
    """The charts of the tenant as one of its people gets them."""
    client = sign_in(tenant)

    def ask(**parameters):
        cache.clear()
        response = client.get("/monitor/history", parameters)
        assert response.status_code == 200, response.content
        return response.json()

    return ask


def totals(lines):
    return {key: sum(line) for key, line in lines.items()}


def test_tenant_without_attempts_has_empty_charts(ask):
    found = ask()
    steps = len(found["at"])
    assert (found["source"], found["scope"], found["step"]) == ("attempts", "tenant", 60)
    assert steps == 61
    assert found["attempts"] == [0] * steps
    assert found["outcomes"] == found["codes"] == found["retries"] == {}
    assert found["latency"] == {name: [None] * steps for name in ("p50", "p95", "p99")}
    assert found["backlog"] == {name: [None] * steps for name in ("waiting", "retrying", "held", "oldest_pending_at")}


@pytest.mark.parametrize(
    ("range_", "length", "step"),
    [
        ("15m", timedelta(minutes=15), 15),
        ("1h", timedelta(hours=1), 60),
        ("6h", timedelta(hours=6), 120),
        ("24h", timedelta(hours=24), 600),
    ],
)
def test_ranges_end_now_and_have_aligned_steps(ask, range_, length, step):
    found = ask(range=range_)
    assert found["step"] == step
    assert [at % (step * 1000) for at in found["at"]] == [0] * len(found["at"])
    assert found["at"] == list(range(found["since"], found["until"], step * 1000))
    assert len(found["at"]) <= counted.MAX_STEPS
    assert 0 <= (found["until"] - found["since"]) - length.total_seconds() * 1000 < step * 1000
    assert abs(found["until"] - ms(datetime.now(UTC))) < 60_000


def test_a_month_has_steps_of_hours(ask, tenant):
    """Of a history that was counted long ago, and whose attempts are gone."""
    row = {"tenant_id": tenant.id, "outcome": "success", "http_status": 200, "retried": False, "bucket": 1, "n": 5}
    at = beginning(ago(days=20), 60)
    Rollup.objects.create(subscription_id=ALL, at=at, minutes=60, last_id=uuid4(), **row)
    rollups.catch_up()
    found = ask(since=ago(days=30.9).isoformat())
    assert found["step"] == 14_400
    assert [began for began, n in zip(found["at"], found["attempts"], strict=True) if n] == [
        ms(datetime.fromtimestamp(at.timestamp() // 14_400 * 14_400, UTC))
    ]


def fill(tenant):
    """Some attempts of each kind in the last hour, and some of another tenant."""
    subscription, other = make_subscription(tenant), make_subscription(tenant)
    for minutes in (1, 2, 3, 30, 30.5, 45):
        attempt_at(ago(minutes=minutes), subscription, duration_ms=40)
    for minutes in (1, 30, 45):
        failed_at(ago(minutes=minutes), other, duration_ms=4_500, status="RETRYING")
    failed_at(ago(minutes=30), other, outcome="timeout", http_status=None, duration_ms=10_002)
    attempt_at(ago(minutes=5))
    return subscription, other


EXPECTED = {
    "outcomes": {"success": 6, "http_5xx": 3, "timeout": 1},
    "codes": {"200": 6, "503": 3, "none": 1},
    "retries": {"http_5xx": 3},
}


@pytest.mark.parametrize("how", ["attempts", "both", "minutes"])
def test_attempts_by_outcome_code_and_retry_reason(ask, tenant, monkeypatch, how):
    fill(tenant)
    if how != "attempts":
        rollups.catch_up()
    if how == "minutes":
        monkeypatch.setattr(counted, "LIVE_ATTEMPTS", 0)
    found = ask()
    assert {name: totals(found[name]) for name in EXPECTED} == EXPECTED
    assert sum(found["attempts"]) == 10
    assert all(len(line) == len(found["at"]) for name in EXPECTED for line in found[name].values())


@pytest.mark.parametrize("counting", [False, True])
def test_an_attempt_is_in_the_step_it_was_recorded_in(ask, tenant, counting):
    at = ago(minutes=30)
    failed_at(at, make_subscription(tenant), duration_ms=140)
    if counting:
        rollups.catch_up()
    for range_ in ("1h", "6h", "24h"):
        found = ask(range=range_)
        step = found["step"] * 1000
        index = found["at"].index(ms(at) // step * step)
        assert [number for number, n in enumerate(found["attempts"]) if n] == [index]
        assert found["latency"]["p95"][index] == 148
        assert found["codes"]["503"][index] == 1


def test_a_quarter_of_an_hour_has_finer_steps_while_there_are_few_attempts(ask, tenant, monkeypatch):
    fill(tenant)
    rollups.catch_up()
    assert (ask(range="15m")["step"], sum(ask(range="15m")["attempts"])) == (15, 4)
    monkeypatch.setattr(counted, "LIVE_ATTEMPTS", 3)
    found = ask(range="15m")
    assert (found["step"], sum(found["attempts"])) == (60, 4)


def test_what_was_recorded_since_the_last_pass_is_there_at_once(ask, tenant):
    fill(tenant)
    rollups.catch_up()
    attempt_at(ago(), make_subscription(tenant))
    assert sum(ask()["attempts"]) == 11


def test_of_too_many_new_attempts_the_last_pass_decides(ask, tenant, monkeypatch):
    fill(tenant)
    rollups.catch_up()
    attempt_at(ago(), make_subscription(tenant))
    monkeypatch.setattr(counted, "LIVE_ATTEMPTS", 0)
    assert sum(ask()["attempts"]) == 10


@pytest.mark.parametrize("counting", [False, True])
def test_charts_of_one_subscription_have_no_backlog(ask, tenant, counting):
    _, other = fill(tenant)
    if counting:
        rollups.catch_up()
    found = ask(subscription=str(other.id))
    assert totals(found["outcomes"]) == {"http_5xx": 3, "timeout": 1}
    assert found["backlog"] is None


@pytest.mark.parametrize("counting", [False, True])
def test_attempts_of_a_deleted_subscription_stay_in_the_history(ask, tenant, counting):
    _, other = fill(tenant)
    Subscription.objects.filter(id=other.id)._raw_delete("default")
    if counting:
        rollups.catch_up()
        assert totals(ask(subscription=str(other.id))["outcomes"]) == {"http_5xx": 3, "timeout": 1}
    assert totals(ask()["outcomes"]) == EXPECTED["outcomes"]


def test_a_range_of_the_past_holds_what_was_then(ask, tenant):
    fill(tenant)
    rollups.catch_up()
    found = ask(since=ago(minutes=46).isoformat(), until=ago(minutes=29).isoformat())
    assert sum(found["attempts"]) == 6
    assert found["at"][-1] < ms(ago(minutes=29)) <= found["at"][-1] + found["step"] * 1000


def test_an_hour_of_last_week_has_the_steps_that_are_kept(ask, tenant):
    begin = beginning(ago(days=7), 60)
    rollups.catch_up(begin)
    attempt_at(begin + timedelta(minutes=15), make_subscription(tenant))
    rollups.catch_up()
    pruning.prune()
    found = ask(since=begin.isoformat(), until=(begin + timedelta(hours=1)).isoformat())
    assert (found["step"], found["attempts"]) == (600, [0, 1, 0, 0, 0, 0])


@pytest.mark.parametrize(
    ("buckets", "fraction", "expected"),
    [
        ({}, 0.5, None),
        ({0: 10}, 0.5, 12),  # 0 to 25 ms
        ({7: 50, 9: 50}, 0.5, 500),  # the edge of 400 to 500 ms
        ({7: 50, 9: 50}, 0.95, 975),  # 750 to 1,000 ms
        ({0: 1, 18: 99}, 0.5, 10_000),  # longer than the last edge
    ],
)
def test_percentiles_are_linear_within_a_bucket(buckets, fraction, expected):
    assert percentile(buckets, fraction) == expected


@pytest.mark.parametrize("range_", ["15m", "1h", "6h"])
def test_backlog_is_the_last_sample_of_each_step(ask, tenant, range_):
    minute = beginning(ago(minutes=4))
    for number in range(4):
        oldest = minute - timedelta(seconds=number)
        sample = {"waiting": 10 + number, "retrying": 4, "held": 3, "oldest_pending_at": oldest}
        Backlog.objects.create(tenant_id=tenant.id, at=minute + number * MINUTE, **sample)
    found = ask(range=range_)
    step = found["step"] * 1000
    last = minute + 3 * MINUTE
    index = found["at"].index(ms(last) // step * step)
    assert {name: line[index] for name, line in found["backlog"].items()} == {
        "waiting": 13,
        "retrying": 4,
        "held": 3,
        "oldest_pending_at": ms(minute) - 3000,
    }
    if range_ == "15m":
        assert found["backlog"]["waiting"][index : index + 4] == [13] * 4
    before = found["at"].index(ms(minute) // step * step) - 1
    assert found["backlog"]["waiting"][before] is None


def test_a_sampled_backlog_shows_up(ask, tenant):
    make_delivery(make_subscription(tenant))
    rollups.catch_up()
    assert ask()["backlog"]["waiting"][-1] == 1


@pytest.mark.parametrize(
    ("parameters", "wrong"),
    [
        ({"range": "2h"}, "range"),
        ({"range": ""}, "range"),
        ({"range": "1h", "until": "2026-01-01T00:00:00Z"}, "range"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2026-01-01T00:00:00"}, "since"),
        ({"since": "0001-01-01T00:00:00+23:59"}, "since"),
        ({"since": "9999-12-31T23:59:59-23:59"}, "since"),
        ({"until": "2026-01-01T00:00:00Z"}, "since"),
        ({"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, "since"),
        ({"since": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:01Z"}, "since"),
        ({"scope": "world"}, "scope"),
        ({"step": "1"}, "step"),
        ({"range": ["1h", "6h"]}, "range"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_named(sign_in, tenant, parameters, wrong):
    response = sign_in(tenant).get("/monitor/history", parameters)
    assert (response.status_code, list(response.json()["errors"])) == (422, [wrong])
    assert wrong in response.json()["detail"]


def test_a_time_may_have_any_offset_and_an_unencoded_plus(ask):
    since = ago(hours=2).isoformat(timespec="seconds").replace("+00:00", " 00:00")
    assert ask(since=since)["step"] == 60


@pytest.mark.parametrize("given", ["", "nothing", "00000000-0000-0000-0000-000000000000", "foreign", "unknown"])
def test_what_is_no_subscription_of_the_tenant_is_not_found(sign_in, tenant, given):
    wanted = {"foreign": lambda: make_subscription().id, "unknown": uuid4}.get(given, lambda: given)()
    attempt_at(ago(minutes=3), make_subscription(tenant))
    rollups.catch_up()
    assert sign_in(tenant).get("/monitor/history", {"subscription": wanted}).status_code == 404


def test_another_tenants_charts_are_not_found(sign_in, tenant):
    client = sign_in(tenant)
    assert client.get("/monitor/history", {"tenant": tenant.slug}).status_code == 200
    assert client.get("/monitor/history", {"tenant": make_tenant().slug}).status_code == 404
    assert Client().get("/monitor/history").status_code == 401


def test_a_viewer_may_look(sign_in, tenant):
    client = sign_in(tenant)
    Membership.objects.update(role="viewer")
    assert client.get("/monitor/history").status_code == 200


def test_the_present_backlog_of_all_tenants_is_no_older_than_that_of_one(sign_in, tenant, figures):
    pending = {"pending": 5, "retrying": 3, "held": 2, "delivering": 1}
    figures.append(gauges.Figures(pending, 0, 0, {}, {}, 0, 0, 0, 0))
    staff = sign_in(staff=True)
    backlog = staff.get("/monitor/history", {"scope": "system"}).json()["backlog"]
    assert [backlog[name][-1] for name in ("waiting", "retrying", "held")] == [11, 3, 2]
    assert backlog["waiting"][-2] is None
    past = {"scope": "system", "since": "2026-01-31T11:00:00Z", "until": "2026-01-31T12:00:00Z"}
    assert staff.get("/monitor/history", past).json()["backlog"]["waiting"][-1] is None


@pytest.mark.parametrize("counting", [False, True])
def test_staff_see_all_tenants_together(sign_in, tenant, counting):
    fill(tenant)
    if counting:
        make_delivery()
        rollups.catch_up()
    found = sign_in(staff=True).get("/monitor/history", {"scope": "system"}).json()
    assert (found["source"], found["scope"]) == ("attempts", "system")
    assert totals(found["outcomes"]) == {**EXPECTED["outcomes"], "success": 7}
    assert found["backlog"]["waiting"][-1] == (4 if counting else None)
    assert "note" not in found


def test_nobody_else_sees_that_there_is_a_system(sign_in, tenant):
    client = sign_in(tenant)
    assert client.get("/monitor/history", {"scope": "system"}).status_code == 404
    assert sign_in(staff=True).get("/monitor/history?scope=system&subscription=x").status_code == 422


def test_an_answer_is_kept_for_a_moment(sign_in, tenant):
    client = sign_in(tenant)
    first = client.get("/monitor/history").json()
    attempt_at(ago(), make_subscription(tenant))
    assert client.get("/monitor/history").json() == first
    assert client.get("/monitor/history?range=15m").json() != first
