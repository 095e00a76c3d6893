"""Attempts counted by minute: from what is stored, over and over, and never twice."""

import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import Sum

from tenancy.ids import first_id_at, new_id
from tenancy.row_security import of_tenant
from tests.conftest import as_it_comes
from tests.factories import make_attempt, make_delivery, make_subscription, make_tenant
from webhooks import pruning, rollups
from webhooks.models import Attempt, Backlog, Circuit, Rollup, RollupState, Subscription, sql
from webhooks.rollups import ALL, MINUTE

pytestmark = pytest.mark.django_db
on_postgresql = pytest.mark.skipif(
    not settings.DATABASES["default"]["ENGINE"].endswith("postgresql"),
    reason="SQLite: one writer, no row security",
)

# Half a minute past a whole hour, so that hours and tens of minutes begin and end where a test wants them to.
NOW = datetime.now(UTC).replace(minute=0, second=30, microsecond=0)


def id_at(moment):
    """As a worker would have made it then."""
    return UUID(int=first_id_at(moment).int | new_id().int % 2**80)


def attempt_at(moment, delivery=None, **fields):
    return make_attempt(delivery or make_delivery(status="DELIVERED"), id=id_at(moment), **fields)


def rows(**which):
    """What is counted, apart from which rows it stands in."""
    names = (
        "tenant_id",
        "subscription_id",
        "at",
        "minutes",
        "outcome",
        "http_status",
        "retried",
        "bucket",
        "n",
        "last_id",
    )
    return sorted(map(str, Rollup.objects.filter(**which).values_list(*names)))


def counted(**which):
    return Rollup.objects.filter(**{"tenant_id": ALL, "minutes": 1, **which}).aggregate(n=Sum("n"))["n"] or 0


def test_attempts_are_counted_by_minute_outcome_code_and_duration():
    subscription = make_subscription()
    delivery = make_delivery(subscription, status="DELIVERED", attempt_count=4)
    at = NOW - timedelta(minutes=3)
    attempt_at(at, delivery, number=1, outcome="timeout", http_status=None, duration_ms=10_001)
    attempt_at(at, delivery, number=2, outcome="http_5xx", http_status=503, duration_ms=25)
    attempt_at(at, delivery, number=3, outcome="abandoned", http_status=None, duration_ms=None)
    last = attempt_at(at + timedelta(seconds=29), delivery, number=4, duration_ms=26)
    make_attempt(make_delivery(subscription, status="DELIVERED"), id=id_at(at - timedelta(seconds=31)), duration_ms=26)
    rollups.catch_up(NOW)
    found = Rollup.objects.filter(subscription_id=subscription.id, minutes=1, at=at.replace(second=0))
    assert set(found.values_list("outcome", "http_status", "retried", "bucket", "n")) == {
        ("timeout", None, True, 18, 1),
        ("http_5xx", 503, True, 0, 1),
        ("abandoned", None, True, None, 1),
        ("success", 200, False, 1, 1),
    }
    assert found.get(outcome="success").last_id == last.id


@pytest.mark.parametrize(
    ("status", "fields", "retried"),
    [
        ("RETRYING", {}, True),
        ("CANCELLED", {}, True),
        ("FAILED", {"last_error": "expired"}, True),
        ("FAILED", {"last_error": "http_5xx: 503 Service Unavailable"}, False),
        ("FAILED", {"last_error": None}, False),
        ("DELIVERING", {"attempt_count": 2}, True),
        ("DELIVERED", {"attempt_count": 2}, True),
    ],
)
def test_what_became_of_the_delivery_says_whether_a_failed_attempt_was_retried(status, fields, retried):
    delivery = make_delivery(status=status, **{"attempt_count": 1, **fields})
    attempt_at(NOW, delivery, outcome="http_5xx", http_status=503)
    rollups.catch_up(NOW)
    assert Rollup.objects.get(subscription_id=delivery.subscription_id).retried is retried


def test_a_tenant_and_all_tenants_together_are_counted_with_deleted_subscriptions():
    tenant = make_tenant()
    gone, kept = make_subscription(tenant), make_subscription(tenant)
    for subscription in (gone, kept, make_subscription()):
        attempt_at(NOW, make_delivery(subscription, status="DELIVERED"))
    Subscription.objects.filter(id=gone.id)._raw_delete("default")
    rollups.catch_up(NOW)
    assert counted(tenant_id=tenant.id, subscription_id=ALL) == 2
    assert counted(tenant_id=tenant.id, subscription_id=gone.id) == 1
    assert counted(tenant_id=ALL, subscription_id=ALL) == 3


def test_counting_anew_changes_nothing():
    for seconds in range(0, 200, 20):
        attempt_at(NOW - timedelta(seconds=seconds), duration_ms=seconds)
    rollups.catch_up(NOW)
    before = rows()
    rollups.catch_up(NOW + rollups.EVERY)
    assert rows() == before
    RollupState.objects.all().delete()
    rollups.catch_up(NOW)
    assert rows() == before
    assert counted() == 10


def test_what_is_stored_late_is_counted_until_its_minute_is_final():
    attempt_at(NOW)
    rollups.catch_up(NOW)
    attempt_at(NOW)
    rollups.catch_up(NOW + timedelta(seconds=60))
    assert counted() == 2
    rollups.catch_up(NOW + timedelta(minutes=5))
    attempt_at(NOW)
    rollups.catch_up(NOW + timedelta(minutes=6))
    assert counted() == 2


def test_a_minute_with_nothing_new_rests_until_it_is_final(monkeypatch):
    begin = NOW.replace(second=0)
    attempt_at(begin)
    passes = []
    count = rollups._count
    monkeypatch.setattr(rollups, "_count", lambda minute: passes.append(minute) or count(minute))
    for seconds in range(20, 220, 20):
        rollups.catch_up(begin + timedelta(seconds=seconds))
    # 20, 40, 60 and 80 s after it began, and when it is final.
    assert passes.count(begin) == 5
    assert counted() == 1


def test_a_pass_that_is_killed_leaves_everything_as_it_was(monkeypatch):
    attempt_at(NOW - timedelta(minutes=3))
    rollups.catch_up(NOW)
    before, state = rows(), rollups.state()
    attempt_at(NOW)

    def killed(at):
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(rollups, "_sample_backlog", killed)
        with pytest.raises(SystemExit):
            rollups.catch_up(NOW + timedelta(minutes=1))
    assert (rows(), rollups.state()) == (before, state)
    rollups.catch_up(NOW + timedelta(minutes=1))
    assert counted() == 2


def test_after_a_long_time_without_workers_it_catches_up_in_steps():
    rollups.catch_up(NOW - timedelta(hours=20))
    busy = [timedelta(hours=19), *(timedelta(hours=2, minutes=number) for number in range(25)), timedelta()]
    for ago in busy:
        attempt_at(NOW - ago)
    assert rollups.catch_up(NOW) < 10
    assert counted() == len(busy)
    assert rollups.state().counted_until == NOW
    assert [counted(minutes=width, at__lt=NOW.replace(second=0)) for width in rollups.LONGER] == [len(busy) - 1] * 2


def test_longer_intervals_are_added_up_once_they_are_final():
    delivery = make_delivery(status="DELIVERED")
    for number in range(1, 61):
        attempt_at(NOW - timedelta(minutes=number), delivery, number=number)
    rollups.catch_up(NOW)
    assert (counted(minutes=10), counted(minutes=60)) == (50, 0)
    rollups.catch_up(NOW + timedelta(seconds=30))
    assert (counted(minutes=10), counted(minutes=60)) == (50, 0)
    rollups.catch_up(NOW + timedelta(seconds=60))
    assert (counted(minutes=10), counted(minutes=60)) == (60, 60)
    assert Rollup.objects.get(minutes=60, tenant_id=ALL).last_id == Attempt.objects.order_by("-id")[0].id


def test_a_state_from_the_future_stops_nothing():
    RollupState.objects.create(id=1, final_until=NOW + timedelta(days=2), counted_until=NOW + timedelta(days=2))
    attempt_at(NOW)
    rollups.catch_up(NOW)
    assert counted() == 1
    assert rollups.state().counted_until == NOW


def test_a_second_worker_finds_nothing_to_do():
    rollups.catch_up(NOW)
    attempt_at(NOW)
    assert rollups.advance(NOW + timedelta(seconds=5)) is False
    assert counted() == 0


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_count_once(monkeypatch):
    """The first stands still in the middle of its pass; the second does not wait for it."""
    attempt_at(NOW)
    rollups.catch_up(NOW)
    counting, finish = threading.Event(), threading.Event()
    count, passes = rollups._count, []

    def slowly(minute):
        passes.append(threading.get_ident())
        counting.set()
        assert finish.wait(30)
        count(minute)

    monkeypatch.setattr(rollups, "_count", slowly)
    later = NOW + timedelta(minutes=1)

    def first():
        try:
            rollups.catch_up(later)
        finally:
            connection.close()

    worker = threading.Thread(target=first)
    worker.start()
    assert counting.wait(30)
    try:
        assert rollups.advance(later) is False
    finally:
        finish.set()
        worker.join(30)
    assert set(passes) == {worker.ident}
    assert counted() == 1


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_without_a_filter_a_tenant_sees_its_own_rows_only():
    ours, theirs = make_delivery(status="DELIVERED"), make_delivery(status="DELIVERED")
    for delivery in (ours, theirs):
        attempt_at(NOW, delivery)
    with as_it_comes():
        rollups.catch_up(NOW)
        for table in ("webhook_minutes", "webhook_backlog"):
            statement = f"SELECT DISTINCT tenant_id FROM {table}"
            assert sql.rows(statement) == []
            with of_tenant(ours.tenant_id):
                assert sql.rows(statement) == [(ours.tenant_id,)]


def test_backlog_is_sampled_once_a_minute_by_what_waits_for_what():
    tenant = make_tenant()
    subscription, failing = make_subscription(tenant), make_subscription(tenant)
    times = dict.fromkeys(["opened_at", "failed_at", "probe_at"], NOW)
    Circuit.objects.create(subscription_id=failing.id, tenant_id=tenant.id, state="open", wait=MINUTE, **times)
    oldest = make_delivery(subscription, created_at=NOW - timedelta(hours=3))
    make_delivery(subscription, status="DELIVERING", created_at=NOW - timedelta(hours=4))
    make_delivery(subscription, status="RETRYING")
    make_delivery(subscription, status="RETRYING", held="inactive")
    make_delivery(failing, status="RETRYING")
    for status in ("DELIVERED", "FAILED", "CANCELLED"):
        make_delivery(subscription, status=status)
    idle = make_subscription()
    make_tenant()
    rollups.catch_up(NOW)
    rollups.catch_up(NOW + rollups.EVERY)
    sample = Backlog.objects.get(tenant_id=tenant.id)
    assert (sample.at, sample.waiting, sample.retrying, sample.held) == (NOW.replace(second=0), 5, 1, 2)
    assert sample.oldest_pending_at == oldest.created_at
    assert Backlog.objects.get(tenant_id=idle.tenant_id).waiting == 0
    assert Backlog.objects.get(tenant_id=ALL).waiting == 5
    assert Backlog.objects.count() == 3


def test_what_is_over_its_age_is_pruned(settings, monkeypatch):
    """Single minutes before everything else."""
    settings.METRICS_HISTORY_DAYS = 10
    long_ago, lately = NOW - timedelta(days=12), NOW - timedelta(days=3)
    delivery = make_delivery(status="DELIVERED")
    for begin in (long_ago, lately):
        rollups.catch_up(begin)
        for number in range(1, 6):
            attempt_at(begin + number * MINUTE, delivery, number=Attempt.objects.count() + 1)
        rollups.catch_up(begin + timedelta(hours=2))
        Backlog.objects.create(tenant_id=delivery.tenant_id, at=begin, waiting=1, retrying=0, held=0)
    attempt_at(NOW)
    rollups.catch_up(NOW)
    assert [counted(minutes=width) for width in (1, 10, 60)] == [11, 10, 10]
    forget = rollups.forget
    monkeypatch.setattr(rollups, "forget", lambda now: forget(now, limit=4))
    pruning.prune(NOW)
    assert [counted(minutes=width) for width in (1, 10, 60)] == [1, 5, 5]
    assert Backlog.objects.filter(at__lt=NOW - timedelta(days=10)).count() == 0
    assert Backlog.objects.filter(tenant_id=delivery.tenant_id, at=lately).count() == 1
