"""Subscriptions with a rate limit."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import make_delivery, make_event, make_subscription
from webhooks import claiming
from webhooks.dispatching.refs import Ref
from webhooks.models import pace
from webhooks.models.pace import Limit, Places

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 1, 31, 12, 0, 0, 250_000, tzinfo=UTC)


@pytest.fixture
def subscription():
    return make_subscription(rate_limit=4)


def granted(subscription, wanted, now=NOW, rate=4):
    return pace.grant({subscription.id: wanted}, {subscription.id: Limit(subscription.tenant_id, rate)}, now)[
        subscription.id
    ]


def seconds(value):
    return timedelta(seconds=value)


def test_attempts_begin_evenly_spaced_and_all_workers_share_the_places(subscription):
    assert granted(subscription, 9) == Places([0.0], 0.2, 1)
    assert granted(subscription, 9, NOW + seconds(0.1)) == Places([], 0.1, 1)
    assert granted(subscription, 9, NOW + seconds(0.2)) == Places([0.05], 0.25, 1)
    assert granted(subscription, 9, NOW + seconds(60)) == Places([0.0], 0.2, 1)


def test_places_of_a_fast_one_are_given_out_for_a_tenth_of_a_second(subscription):
    places = granted(subscription, 900, rate=100)
    assert places.waits == [number / 100 for number in range(11)]
    assert places.again_in == pytest.approx(0.06)
    assert places.at_once == 11
    assert granted(subscription, 2, NOW + seconds(0.06), rate=100).waits == [0.05, 0.06]


@pytest.mark.parametrize("rate", [1, 3, 30, 1000])
def test_no_second_has_more_than_the_limit(subscription, rate):
    """However often two workers ask, at whatever moments."""
    chance = random.Random(rate)
    begins, now = [], NOW
    while now < NOW + seconds(5):
        begins += [(now - NOW).total_seconds() + wait for wait in granted(subscription, 40, now, rate).waits]
        now += seconds(chance.uniform(0, 0.05))
    assert begins == sorted(begins)
    for first, after_a_second in zip(begins, begins[rate:], strict=False):
        assert round(after_a_second - first, 6) >= 1
    assert len(begins) >= 5 * rate * 0.9


def test_a_worker_whose_clock_was_ahead_leaves_no_pause_behind(subscription):
    granted(subscription, 1, NOW + timedelta(hours=1))
    assert granted(subscription, 1).waits == [0.0]


def test_a_worker_whose_clock_is_a_little_behind_takes_no_extra_places(subscription):
    granted(subscription, 1, NOW + seconds(0.9))
    assert granted(subscription, 1).waits == []


def test_only_what_has_a_limit_is_asked_for(subscription):
    free = make_subscription()
    assert pace.limits_of({subscription.id, free.id}) == {subscription.id: Limit(subscription.tenant_id, 4)}


def test_claims_keep_to_the_limit_and_leave_the_others_alone(subscription):
    free = make_subscription()
    refs = []
    for each in (subscription, free):
        event = make_event(tenant_id=each.tenant_id)
        deliveries = [make_delivery(each, source=event) for _ in range(6)]
        refs += [Ref(d.id, d.subscription_id, d.tenant_id, 0.0) for d in deliveries[:2]]
    claims, paces = claiming.claim(refs, {subscription.id: 4, free.id: 4})
    of = [claim.row.subscription_id for claim in claims]
    assert (of.count(free.id), of.count(subscription.id)) == (6, 1)
    assert set(paces) == {subscription.id}
    assert claiming.claim(refs, {subscription.id: 4}).claims == []
