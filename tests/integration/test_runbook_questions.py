"""What the runbooks ask the database, asked of a real one that has each trouble once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection

from tenancy.ids import new_id
from tests.factories import make_delivery, make_subscription
from tests.integration.monitor.past import ago, failed_at
from tests.ops.runbooks import questions
from webhooks import rollups
from webhooks.models import Circuit, heartbeat

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not settings.DATABASES["default"]["ENGINE"].endswith("postgresql"), reason="they are PostgreSQL's SQL"
    ),
]


@pytest.fixture
def answers():
    """The rows that each question gets."""
    failing, late, broken, gone = (
        make_subscription(url=f"https://{n}.example/") for n in ("failing", "late", "broken", "gone")
    )
    failed_at(ago(minutes=1), failing)
    rollups.catch_up()
    make_delivery(late, next_attempt_at=ago(seconds=90))
    make_delivery(broken, next_attempt_at=ago(seconds=90))
    times = {"opened_at": ago(minutes=9), "failed_at": ago(minutes=1), "probe_at": ago(minutes=-1)}
    wait = timedelta(minutes=2)
    Circuit.objects.create(subscription_id=broken.id, tenant_id=broken.tenant_id, state="open", wait=wait, **times)
    gone.active, gone.disabled_reason = False, "gone"
    gone.save()
    heartbeat.beat(new_id(), "host-7", 42, ago(minutes=5), ago(seconds=3))
    rows = []
    with connection.cursor() as cursor:
        for question in questions():
            cursor.execute(question)
            rows.append([tuple(map(str, row)) for row in cursor.fetchall()])
    return rows


def test_each_question_finds_its_trouble(answers):
    who_fails, overdue, circuits, disabled, workers = answers
    assert [row[1:] for row in who_fails] == [("https://failing.example/", "http_5xx", "503", "1")]
    assert [row[1:4] for row in overdue] == [("https://late.example/", "PENDING", "1")]
    assert [row[1:3] for row in circuits] == [("https://broken.example/", "open")]
    assert [row[1:3] for row in disabled] == [("https://gone.example/", "gone")]
    assert [row[:2] for row in workers] == [("host-7", "42")]
