"""Everything a worker logs at its most talkative, with secrets in every place that it handles."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import make_delivery, make_event, make_subscription
from tests.integration.dispatching.running import ended
from webhooks import claiming, recording
from webhooks.engine import sender

SECRETS = ["planted-secret-of-today", "planted-secret-of-yesterday", "planted-customer-data"]


@pytest.fixture
def log(caplog):
    for logger in (None, "webhooks.attempts"):  # a console leaves the attempts out
        caplog.set_level(logging.DEBUG, logger)
    return caplog


def make_planted(url, **fields):
    subscription = make_subscription(
        url=url,
        secret=SECRETS[0],
        former_secrets=[[SECRETS[1], (datetime.now(UTC) + timedelta(hours=1)).isoformat()]],
        **fields,
    )
    event = make_event(tenant_id=subscription.tenant_id, body=f'{{"data": "{SECRETS[2]}"}}', request_id="r-1")
    return make_delivery(subscription, source=event)


def assert_nothing_shown(log):
    assert [secret for secret in SECRETS if secret in log.text] == []


def test_attempts_are_logged_one_line_each_without_secrets(log, start_worker, receiver):
    start_worker()
    deliveries = make_planted(receiver.url()), make_planted(receiver.url("/down"), retry_schedule=[0.05])
    assert ended(*deliveries) == ["DELIVERED", "FAILED"]
    lines = [line for record in log.records for line in getattr(record, "lines", [])]
    assert [line["event"] for line in lines] == ["attempt"] * 3
    assert {line["request_id"] for line in lines} == {"r-1"}
    assert {line["delivery"] for line in lines} == {str(delivery.id) for delivery in deliveries}
    assert all({"subscription", "event_id", "event_type", "tenant", "outcome", "ms"} < set(line) for line in lines)
    assert [secret for secret in SECRETS if secret in repr(lines)] == []
    assert_nothing_shown(log)


def test_errors_of_every_stage_are_logged_without_secrets(log, monkeypatch, start_worker, receiver):
    def break_once(module, name):
        original, left = getattr(module, name), ["one"]

        def call(*args, **options):
            if left:
                left.pop()
                raise RuntimeError(f"{name} broke")
            return original(*args, **options)

        monkeypatch.setattr(module, name, call)

    for module, name in ((claiming, "claim"), (recording, "record"), (sender.Sender, "send")):
        break_once(module, name)
    start_worker()
    assert ended(make_planted(receiver.url(), retry_schedule=[0.05])) == ["DELIVERED"]
    assert all(event in log.text for event in ("claim_failed", "record_failed", "attempt_crashed"))
    assert_nothing_shown(log)


def test_allowing_insecure_targets_is_warned_about(log, settings, start_worker):
    assert settings.WEBHOOK_ALLOW_INSECURE_TARGETS
    start_worker()
    assert "insecure_targets_allowed" in log.text


def test_worker_with_safe_targets_warns_about_nothing(log, settings, start_worker):
    settings.WEBHOOK_ALLOW_INSECURE_TARGETS = False
    start_worker().stop()
    assert [record for record in log.records if record.levelno >= logging.WARNING] == []
