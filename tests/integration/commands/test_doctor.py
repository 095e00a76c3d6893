"""`manage.py doctor`: what it finds wrong and what it advises."""

from __future__ import annotations

import json
import os
import socket
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import OperationalError, connection

from project import doctor
from project.doctor import Finding
from tenancy.ids import new_id
from tests.factories import make_delivery, make_subscription
from tests.servers import free_port
from webhooks.models import Circuit, heartbeat

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker() -> None:
    now = datetime.now(UTC)
    heartbeat.beat(new_id(), "host-1", 4711, now, now)


def troubles(part: str) -> list[Finding]:
    return [each for each in doctor.examine() if each.part == part and each.level != "ok"]


def the_trouble(part: str) -> Finding:
    (found,) = troubles(part)
    assert found.advice
    return found


def test_a_worker_that_is_alive_is_named(worker):
    assert [each.level for each in doctor.examine() if each.part in ("database", "worker", "queue")] == ["ok"] * 3
    assert any("process 4711 on host-1" in each.text for each in doctor.examine())


def test_no_worker_is_a_failure_that_says_when_the_last_one_was_heard_of():
    assert "none was heard of within a day" in the_trouble("worker").text
    heartbeat.beat(new_id(), "host-1", 4711, datetime.now(UTC), datetime(2026, 1, 31, 12, tzinfo=UTC))
    found = the_trouble("worker")
    assert (found.level, "at 2026-01-31 12:00:00 UTC" in found.text) == ("error", True)


def test_late_deliveries_are_a_failure(worker):
    make_delivery(make_subscription(), next_attempt_at=datetime.now(UTC) - timedelta(seconds=90))
    found = the_trouble("queue")
    assert found.level == "error"
    assert "s late; 1 pending" in found.text


def test_a_database_that_is_away_is_told_with_its_reason(monkeypatch):
    def away(*_args: object) -> None:
        raise OperationalError("could not connect\nto db.internal as user app")

    monkeypatch.setattr(connection, "cursor", away)
    found = list(doctor.examine())
    (told,) = [each.text for each in found if each.part == "database"]
    assert told == "does not answer: could not connect to db.internal as user app"
    assert not [each for each in found if each.part in ("worker", "queue", "subscriptions")]


def test_missing_migrations_are_told(monkeypatch):
    monkeypatch.setattr("django.db.migrations.executor.MigrationExecutor.migration_plan", lambda *_args: [1, 2])
    found = the_trouble("database")
    assert (found.text, found.advice) == ("2 migrations are missing", "run `make release`")


def test_a_redis_that_is_away_is_told_without_its_password(settings):
    settings.EMBEDDED = False
    settings.REDIS_URL = settings.FEED_REDIS_URL = f"redis://:secret@127.0.0.1:{free_port()}/0"
    found = the_trouble("redis")
    assert "does not answer: ConnectionError" in found.text
    assert "secret" not in str(found)


def test_a_data_folder_that_is_not_the_workers_is_told(settings, tmp_path):
    now = datetime.now(UTC)
    heartbeat.beat(new_id(), socket.gethostname(), 4711, now, now)
    settings.METRICS_DIR = tmp_path
    assert "nobody has counted" in the_trouble("metrics").text
    (tmp_path / "slot-0.lock").touch()
    assert troubles("metrics") == []


def test_metric_files_of_somebody_else_are_told(settings, tmp_path, monkeypatch):
    settings.METRICS_DIR = tmp_path
    (tmp_path / "counter_slot0.db").touch()
    monkeypatch.setattr(os, "access", lambda path, _mode: path != tmp_path / "counter_slot0.db")
    assert the_trouble("metrics").level == "error"


@pytest.mark.parametrize(
    ("fields", "level", "words"),
    [
        ({"url": "ftp://hooks.example.com/"}, "error", "URL is not allowed"),
        ({"events": ["imagined.happened"]}, "error", "no event type is left"),
        ({"active": False, "disabled_reason": "gone"}, "warning", "disabled (gone)"),
    ],
)
def test_subscriptions_that_cannot_work_are_named(fields, level, words):
    make_subscription()
    broken = make_subscription(**fields)
    found = the_trouble("subscriptions")
    assert found.level == level
    assert words in found.text
    assert str(broken.id) in found.text


def test_a_secret_whose_key_is_gone_is_told_and_not_shown(settings):
    broken = make_subscription(secret="correct-horse-battery")
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    found = the_trouble("subscriptions")
    assert "cannot be decrypted" in found.text
    assert str(broken.id) in found.text
    assert "correct-horse" not in str(found)


def test_a_circuit_that_has_long_been_open_is_told():
    def open_since(minutes: float) -> Any:
        subscription, since = make_subscription(), datetime.now(UTC) - timedelta(minutes=minutes)
        Circuit.objects.create(
            subscription_id=subscription.id,
            tenant_id=subscription.tenant_id,
            state="open",
            opened_at=since,
            failed_at=since,
            wait=timedelta(seconds=30),
            probe_at=since,
        )
        return subscription

    lately, long = open_since(59), open_since(61)
    found = the_trouble("subscriptions")
    assert str(long.id) in found.text
    assert str(lately.id) not in found.text


def test_of_many_the_first_are_named():
    for _ in range(doctor.NAMED + 3):
        make_subscription(url="ftp://hooks.example.com/")
    assert the_trouble("subscriptions").text.endswith(" and 3 more")


def test_a_check_that_fails_itself_stops_no_other(worker, monkeypatch):
    def broken() -> None:
        raise RuntimeError("postgres://user:password@host")

    monkeypatch.setattr(doctor, "_queue", broken)
    found = the_trouble("queue")
    assert found.text == "could not be looked at: RuntimeError"
    assert any(each.part == "subscriptions" for each in doctor.examine())


def test_the_command_ends_with_1_on_a_failure_and_speaks_json(capsys, settings):
    with pytest.raises(SystemExit, match="1"):
        call_command("doctor")
    printed = capsys.readouterr().out
    assert "FAIL  worker: none is alive" in printed
    assert "      -> start one" in printed
    with pytest.raises(SystemExit, match="1"):
        call_command("doctor", "--json")
    document = json.loads(capsys.readouterr().out)
    assert document["failed"] == len([each for each in document["findings"] if each["level"] == "error"]) == 1


def test_the_command_ends_with_0_when_all_is_well(worker, capsys):
    call_command("doctor")
    assert "FAIL" not in capsys.readouterr().out
