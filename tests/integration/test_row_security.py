"""Row-level security on a real PostgreSQL, with the pool on: what is asked without a filter shows one tenant's rows."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import ProgrammingError, connection, transaction

from tenancy import row_security
from tenancy.ids import first_id_at
from tenancy.row_security import of_all_tenants, of_tenant
from tests.conftest import as_it_comes
from tests.factories import make_delivery, make_event, make_subscription, make_tenant
from webhooks import disabling, pruning, recording
from webhooks.api import subscriptions
from webhooks.models import Subscription

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not settings.DATABASES["default"]["ENGINE"].endswith("postgresql"), reason="SQLite has none"),
]


def ids(table="webhook_subscriptions"):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {table}")
        return {row[0] for row in cursor.fetchall()}


@pytest.fixture
def ours():
    return make_subscription()


@pytest.fixture
def theirs():
    return make_subscription()


def test_every_table_of_a_tenant_is_protected():
    assert row_security.unprotected() == []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.columns"
            " WHERE column_name = 'tenant_id' AND table_schema = 'public'"
        )
        assert sorted(row[0] for row in cursor.fetchall()) == row_security.tables()
    assert {"webhook_deliveries", "invoices", "api_tokens", "tenant_memberships"} <= set(row_security.tables())


def test_without_a_tenant_there_are_no_rows(ours, theirs):
    with as_it_comes():
        assert ids() == set()
        assert Subscription.objects.count() == 0


def test_sql_without_a_filter_sees_the_rows_of_the_tenant(ours, theirs):
    with as_it_comes():
        with of_tenant(ours.tenant_id):
            assert ids() == {ours.id}
        with of_all_tenants():
            assert ids() == {ours.id, theirs.id}
        with of_tenant(uuid4()):
            assert ids() == set()


def test_what_is_changed_without_a_filter_is_the_tenants_own(ours, theirs):
    with as_it_comes(), of_tenant(ours.tenant_id):
        assert Subscription.objects.update(description="mine") == 1
    theirs.refresh_from_db()
    assert theirs.description != "mine"


def test_a_row_of_another_tenant_can_be_neither_made_nor_given_away(ours, theirs):
    with as_it_comes():
        with pytest.raises(ProgrammingError, match="row-level security"), of_tenant(ours.tenant_id):
            make_delivery(theirs)
        with pytest.raises(ProgrammingError, match="row-level security"), of_tenant(ours.tenant_id):
            Subscription.objects.update(tenant_id=theirs.tenant_id)


def test_what_is_set_ends_with_its_transaction(ours):
    with as_it_comes():
        with of_tenant(ours.tenant_id):
            pass
        assert ids() == set()
        with pytest.raises(RuntimeError), of_all_tenants():
            raise RuntimeError
        assert ids() == set()


def test_a_part_of_a_transaction_leaves_the_rest_as_it_was(ours, theirs):
    with as_it_comes(), of_tenant(ours.tenant_id):
        with of_all_tenants():
            assert len(ids()) == 2
        assert ids() == {ours.id}
        with pytest.raises(RuntimeError), of_tenant(theirs.tenant_id):
            raise RuntimeError
        assert ids() == {ours.id}
        with pytest.raises(ProgrammingError), transaction.atomic(), of_tenant(theirs.tenant_id):
            ids("no_such_table")
        assert ids() == {ours.id}


def test_a_connection_that_goes_back_to_the_pool_carries_nothing_over(ours):
    """Whoever takes it next, another thread, sees what a new connection sees."""
    seen = {}

    def look():
        with as_it_comes():
            found = ids()
            seen.setdefault(connection.connection.info.backend_pid, []).append(found)
        connection.close()

    with as_it_comes(), of_tenant(ours.tenant_id):
        assert ids() == {ours.id}
        process = connection.connection.info.backend_pid
    connection.close()
    for _ in range(20):
        other = threading.Thread(target=look)
        other.start()
        other.join()
    assert seen[process]
    assert all(found == set() for each in seen.values() for found in each)


def test_a_table_whose_security_somebody_took_away_is_noticed_and_protected_again():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE webhook_events NO FORCE ROW LEVEL SECURITY")
        cursor.execute(f"DROP POLICY {row_security.POLICY} ON invoices")
    assert row_security.unprotected() == ["invoices", "webhook_events"]
    row_security.protect()
    assert row_security.unprotected() == []


@pytest.mark.parametrize(
    "change",
    [
        "CREATE POLICY extra ON customers USING (true)",
        "ALTER POLICY tenant_rows ON customers USING (true)",
        "ALTER POLICY tenant_rows ON customers WITH CHECK (true)",
        "ALTER TABLE customers DISABLE ROW LEVEL SECURITY",
    ],
)
def test_a_policy_that_somebody_opened_is_noticed_and_put_right(change):
    with connection.cursor() as cursor:
        cursor.execute(change)
    assert row_security.unprotected() == ["customers"]
    row_security.protect()
    assert row_security.unprotected() == []


def test_a_tenants_rows_do_not_show_through_the_api_even_without_a_filter(api_client, ours, monkeypatch):
    """The view's own filter is taken away: what is left is row security."""

    class Unfiltered:
        objects = SimpleNamespace(filter=lambda **_: Subscription.objects.all())

    own = make_subscription(api_client.tenant)
    monkeypatch.setattr(subscriptions, "Subscription", Unfiltered)
    with as_it_comes():
        answer = api_client("get", "/webhooks/subscriptions").json()
    assert [item["id"] for item in answer["items"]] == [str(own.id)]


def test_the_role_of_the_tests_is_bound_and_a_superuser_is_not():
    assert row_security.role_problem(connection) is None
    assert make_tenant()  # tenants themselves belong to nobody


def test_what_a_worker_does_by_itself_is_done_for_all_tenants():
    for days in (60, 61):
        past = datetime.now(UTC) - timedelta(days=days)
        make_delivery(status="DELIVERING", lease_token=uuid4(), lease_expires_at=past, next_attempt_at=None)
        old = make_event(id=first_id_at(past), created_at=past)
        make_delivery(source=old, status="DELIVERED")
    with as_it_comes():
        assert len(recording.abandon_expired()) == 2
        assert pruning.prune() == 2
        pruning.settle_orphans()
        assert disabling.disable_failing() == 0
