"""Subscriptions with a rate limit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import make_delivery, make_event, make_subscription
from webhooks import claiming
from webhooks.dispatching.refs import Ref
from webhooks.models import pace
from webhooks.models.pace import Limit

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 1, 31, 12, 0, 0, 250_000, tzinfo=UTC)


@pytest.fixture
def subscription():
    return make_subscription(rate_limit=3)


def granted(subscription, wanted, now=NOW):
    limits = {subscription.id: Limit(subscription.tenant_id, 3)}
    return pace.grant({subscription.id: wanted}, limits, now)[subscription.id]


def test_all_workers_share_the_second(subscription):
    assert [granted(subscription, wanted) for wanted in (2, 2, 2)] == [2, 1, 0]


def test_the_next_second_begins_anew(subscription):
    granted(subscription, 3)
    assert granted(subscription, 5, NOW + timedelta(seconds=0.7)) == 0
    assert granted(subscription, 5, NOW + timedelta(seconds=0.8)) == 3


def test_a_worker_whose_clock_is_behind_takes_no_second_share(subscription):
    granted(subscription, 3, NOW + timedelta(seconds=1))
    assert granted(subscription, 1, NOW) == 0
    assert granted(subscription, 1, NOW + timedelta(seconds=1)) == 0


def test_only_what_has_a_limit_is_asked_for(subscription):
    free = make_subscription()
    assert pace.limits_of({subscription.id, free.id}) == {subscription.id: Limit(subscription.tenant_id, 3)}


def test_claims_keep_to_the_limit_and_leave_the_others_alone(subscription):
    free = make_subscription()
    refs = []
    for each in (subscription, free):
        event = make_event(tenant_id=each.tenant_id)
        deliveries = [make_delivery(each, source=event) for _ in range(6)]
        refs += [Ref(d.id, d.subscription_id, d.tenant_id, 0.0) for d in deliveries[:2]]
    claims = claiming.claim(refs, {subscription.id: 4, free.id: 4})
    of = [claim.row.subscription_id for claim in claims]
    assert of.count(free.id) == 6
    # A second may begin between; it may not begin twice.
    assert of.count(subscription.id) == 3
    assert len(claiming.claim(refs, {subscription.id: 4})) in (0, 3)
