"""What was recorded and never logged is found, however the worker ended, and counted exactly."""

import asyncio
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from monitor.feed import journal as journal_module
from monitor.feed import orphans
from monitor.feed.broadcasting import Broadcaster
from monitor.feed.journal import Journal
from monitor.feed.log import FeedLogUnavailableError, Lost, Piece, feed_log
from monitor.models import JournalRow
from tenancy.ids import new_id
from tests.unit.feed.rows import attempt, rows_json

pytestmark = pytest.mark.django_db(transaction=True)
LATER = datetime.now(UTC) + orphans.AGE + timedelta(hours=1)
ONE, OTHER = new_id(), new_id()


@pytest.fixture
def journal():
    return Journal()


def record(journal, *tenants, fails=False):
    """A transaction that records an attempt of each of these tenants."""
    try:
        with transaction.atomic():
            journal.write([attempt(tenant_id) for tenant_id in tenants])
            if fails:
                raise RuntimeError
    except RuntimeError:
        journal.doubt()


def rows():
    return [{key: tuple(counts) for key, counts in row.tenants.items()} for row in JournalRow.objects.order_by("id")]


def test_row_says_what_its_transaction_recorded(journal):
    record(journal, ONE, ONE, OTHER)
    record(journal, ONE)
    assert rows() == [{str(ONE): (2, 2), str(OTHER): (1, 1)}, {str(ONE): (1, 3)}]


def test_row_goes_with_the_next_once_all_its_attempts_are_settled(journal):
    record(journal, ONE, OTHER)
    journal.settle(ONE, 1)
    record(journal, ONE)
    assert len(rows()) == 2
    journal.settle(OTHER, 1)
    record(journal, ONE)
    assert rows() == [{str(ONE): (1, 2)}, {str(ONE): (1, 3)}]


def test_row_goes_without_a_next_one_too(journal):
    record(journal, ONE)
    journal.settle(ONE, 1)
    assert journal.busy
    assert journal.tidy() == {}
    assert (rows(), journal.busy) == ([], False)


def test_row_that_was_to_go_with_a_transaction_that_failed_goes_later(journal):
    record(journal, ONE)
    journal.settle(ONE, 1)
    record(journal, ONE, fails=True)
    assert len(rows()) == 1
    journal.tidy()
    assert rows() == []


def test_what_was_rolled_back_is_nobodys_loss(journal):
    record(journal, ONE, ONE, fails=True)
    record(journal, ONE)
    assert rows() == [{str(ONE): (1, 3)}]
    assert journal.tidy() == {}
    journal.settle(ONE, 1)
    journal.tidy()
    assert rows() == []


def test_what_was_committed_though_the_recorder_never_learned_of_it_is_untold(journal, monkeypatch):
    monkeypatch.setattr(transaction, "on_commit", lambda *_: None)  # the connection broke during the commit
    record(journal, ONE, ONE)
    monkeypatch.undo()
    journal.doubt()
    record(journal, OTHER)
    assert journal.tidy() == Counter({ONE: 2})
    assert rows() == [{str(OTHER): (1, 1)}]


def test_threads_that_commit_in_another_order_lose_nothing(journal):
    written, go_on = threading.Event(), threading.Event()

    def first():
        with transaction.atomic():
            journal.write([attempt(ONE)] * 3)
            written.set()
            go_on.wait()
        connection.close()

    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one transaction at a time")
    thread = threading.Thread(target=first)
    thread.start()
    written.wait()
    record(journal, ONE, ONE)
    go_on.set()
    thread.join()
    journal.settle(ONE, 2)
    journal.tidy()
    assert sum(row[str(ONE)][0] for row in rows()) == 5
    journal.settle(ONE, 3)
    journal.tidy()
    assert rows() == []


def test_many_rows_become_one(journal, monkeypatch):
    monkeypatch.setattr(journal_module, "MAX_ROWS", 3)
    for _ in range(4):
        record(journal, ONE, OTHER)
    record(journal, ONE)
    journal.tidy()
    assert rows() == [{str(ONE): (5, 5), str(OTHER): (4, 4)}]
    journal.settle(ONE, 5)
    journal.settle(OTHER, 4)
    journal.tidy()
    assert rows() == []


def test_writer_that_lives_has_no_orphans(journal, monkeypatch):
    record(journal, ONE)
    JournalRow.objects.update(touched_at=datetime.now(UTC) - orphans.AGE * 2)
    assert len(orphans.find("")) == 1
    monkeypatch.setattr(journal_module, "TOUCH_SECONDS", 0.0)
    journal.tidy()
    assert orphans.find("") == []


async def in_thread(function, *args, **options):
    def run():
        try:
            return function(*args, **options)
        finally:
            connection.close()

    return await asyncio.to_thread(run)


async def later(function, *args):
    """`in_thread`, when the writers have been silent for long."""
    return await in_thread(function, *args, *([LATER] if function is orphans.find else []))


async def announced(tenant_id):
    return [each.n for each in (await feed_log().bounds(tenant_id)).unlogged]


@pytest.mark.parametrize(("appended", "missing"), [(0, [5]), (2, [3]), (4, [1]), (5, [])])
async def test_orphans_are_what_the_log_never_got(on_redis, journal, appended, missing):
    tenant_id = new_id()
    await in_thread(record, journal, *[tenant_id] * 3)
    await in_thread(record, journal, *[tenant_id] * 2)
    if appended:
        await feed_log().append(tenant_id, Piece(journal.writer, 1, rows_json(appended), appended, appended))
    await orphans.announce(feed_log(), later, "")
    assert await announced(tenant_id) == missing
    assert await in_thread(JournalRow.objects.count) == 0


async def test_orphans_are_announced_once_by_whoever_comes(on_redis, journal):
    tenant_id = new_id()
    await in_thread(record, journal, tenant_id, tenant_id)

    async def never_forget(function, *args):
        return await later(function, *args) if function is orphans.find else None

    await orphans.announce(feed_log(), never_forget, "")
    await orphans.announce(feed_log(), later, "")
    assert await announced(tenant_id) == [2]


async def test_every_writer_has_its_own_count(on_redis):
    tenant_id = new_id()
    for writer in (Journal(), Journal()):
        await in_thread(record, writer, tenant_id, tenant_id)
    await orphans.announce(feed_log(), later, "")
    assert await announced(tenant_id) == [2, 2]


async def test_orphans_stay_while_the_log_is_away(on_redis, journal):
    await in_thread(record, journal, new_id())
    on_redis.stop()
    with pytest.raises(FeedLogUnavailableError):
        await orphans.announce(feed_log(), later, "")
    assert await in_thread(JournalRow.objects.count) == 1


async def test_rolled_back_attempts_between_orphans_are_not_announced(on_redis, journal):
    tenant_id = new_id()
    await in_thread(record, journal, *[tenant_id] * 3)
    await in_thread(record, journal, *[tenant_id] * 10, fails=True)
    await in_thread(record, journal, *[tenant_id] * 2)
    await orphans.announce(feed_log(), later, "")
    assert await announced(tenant_id) == [5]


async def test_what_the_writer_has_announced_itself_is_no_orphan(on_redis, journal):
    tenant_id = new_id()
    await in_thread(record, journal, *[tenant_id] * 3)
    await feed_log().add_unlogged(tenant_id, Lost(journal.writer, ((2, 2),)))
    await orphans.announce(feed_log(), later, "")
    assert await announced(tenant_id) == [2, 1]


async def test_what_waits_when_a_worker_is_stopped_is_announced_by_another(on_redis, journal):
    tenant_id = new_id()
    broadcaster = Broadcaster(asyncio.get_running_loop(), journal)
    await broadcaster.start()
    on_redis.stop()
    await in_thread(record, journal, *[tenant_id] * 3)
    broadcaster.receive([attempt(tenant_id)] * 3)
    await broadcaster.stop()
    on_redis.start()
    await orphans.announce(feed_log(), later, "")
    assert await announced(tenant_id) == [3]


async def test_worker_that_is_stopped_leaves_nothing_when_the_log_has_everything(on_redis, journal):
    tenant_id = new_id()
    broadcaster = Broadcaster(asyncio.get_running_loop(), journal)
    await broadcaster.start()
    await in_thread(record, journal, *[tenant_id] * 3)
    broadcaster.receive([attempt(tenant_id)] * 3)
    await broadcaster.stop()
    assert await in_thread(JournalRow.objects.count) == 0


def test_what_was_rolled_back_in_a_thread_that_records_no_more_is_nobodys_loss(journal):
    """The next try is made by whichever thread is free."""
    in_another_thread(record, journal, ONE, ONE, fails=True)
    record(journal, ONE, ONE)
    journal.settle(ONE, 2)
    for _ in range(2):
        assert journal.tidy() == {}
    assert (rows(), journal.busy) == ([], False)


def in_another_thread(function, *args, **options):
    def run():
        function(*args, **options)
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


async def test_worker_that_is_stopped_after_a_second_try_leaves_no_orphan(on_redis, journal):
    tenant_id = new_id()
    broadcaster = Broadcaster(asyncio.get_running_loop(), journal)
    await broadcaster.start()
    in_another_thread(record, journal, *[tenant_id] * 3, fails=True)
    await in_thread(record, journal, *[tenant_id] * 3)
    broadcaster.receive([attempt(tenant_id)] * 3)
    await broadcaster.stop()
    await orphans.announce(feed_log(), later, "")
    assert await announced(tenant_id) == []


async def test_writer_is_no_orphan_of_its_own(on_redis, journal):
    """A process that was suspended for a minute looks before it has touched its rows."""
    await in_thread(record, journal, new_id())
    await orphans.announce(feed_log(), later, journal.writer)
    assert await in_thread(JournalRow.objects.count) == 1


def test_rows_of_a_writer_are_orphans_all_at_once(journal):
    record(journal, ONE)
    JournalRow.objects.update(touched_at=datetime.now(UTC) - orphans.AGE * 2)
    record(journal, ONE)
    assert orphans.find("") == []
    assert len(orphans.find("", LATER)) == 2
