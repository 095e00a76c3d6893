import subprocess
import threading
import time
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import OperationalError
from django.test import Client
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics

from monitor import health
from tenancy.ids import first_id_at
from tests.servers import free_port
from webhooks.metrics import attempts, gauges
from webhooks.signals import RecordedAttempt, attempts_recorded

BEGIN = datetime(2026, 1, 31, 12, tzinfo=UTC)
ATTEMPT = RecordedAttempt(
    uuid4(),
    first_id_at(BEGIN),
    uuid4(),
    uuid4(),
    event="payment.received",
    number=1,
    max_attempts=4,
    outcome="http_5xx",
    http_status=503,
    duration_ms=700,
    started_at=BEGIN.timestamp() + 2.5,
    status="RETRYING",
    held=None,
    error="http_5xx: 503 Service Unavailable",
    next_attempt_at=1.0,
)


@pytest.fixture
def counting():
    """This process counts attempts, as a worker does."""
    attempts.start()


def scrape() -> dict[str, float]:
    """Every line of the page but the buckets', by its name and labels as they stand there."""
    response = Client().get("/metrics")
    assert response.status_code == 200
    lines = [line for line in response.content.decode().splitlines() if not line.startswith("#")]
    return {
        series: float(value) for series, value in (line.rsplit(" ", 1) for line in lines) if "_bucket" not in series
    }


def test_attempts_show_up_in_the_metrics(counting):
    before = scrape()
    attempts_recorded.send(sender=None, rows=[ATTEMPT], late=2)
    grown = {series: value - before[series] for series, value in scrape().items() if value != before[series]}
    assert grown == {
        'webhook_deliveries_total{event="payment.received",status="failed"}': 1,
        'webhook_retries_total{event="payment.received",reason="http_5xx"}': 1,
        'webhook_delivery_http_status_total{code="503"}': 1,
        'webhook_delivery_duration_seconds_count{status="failed"}': 1,
        'webhook_delivery_duration_seconds_sum{status="failed"}': pytest.approx(0.7),
        "webhook_first_attempt_delay_seconds_count": 1,
        "webhook_first_attempt_delay_seconds_sum": pytest.approx(2.5),
        "webhook_late_outcomes_total": 2,
    }


def test_metrics_speak_openmetrics_to_who_asks(counting):
    response = Client().get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert response["Content-Type"].startswith("application/openmetrics-text")
    assert "webhook_deliveries" in {family.name for family in parse_openmetrics(response.content.decode())}


def test_metrics_are_open_without_a_token():
    response = Client().get("/metrics")
    assert (response.status_code, response["Content-Type"].split(";")[0]) == (200, "text/plain")
    assert "no-store" in response["Cache-Control"]


def test_metrics_with_a_token_answer_its_bearer_only(settings):
    settings.METRICS_TOKEN = "scrape-me"
    assert Client(headers={"Authorization": "Bearer scrape-me"}).get("/metrics").status_code == 200
    for header in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "scrape-me"},
        {"Authorization": "Bearer é"},
    ):
        response = Client(headers=header).get("/metrics")
        assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")
        assert "webhook_" not in response.content.decode()


def test_healthz_answers_even_when_the_database_does_not(monkeypatch):
    monkeypatch.setattr(health, "connection", Away())
    response = Client().get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


FIGURES = gauges.Figures({}, 0.0, 0.0, {}, {}, 0, 0.0, workers=1, last_heartbeat=0.0)


@pytest.fixture
def say(figures):
    """What the database says of deliveries and workers; by default all is well."""

    def say(**different):
        figures.append(FIGURES._replace(**{"last_heartbeat": time.time() - 5, **different}))

    say()
    return say


def readyz(query="") -> tuple[int, dict[str, str]]:
    response = Client().get(f"/readyz{query}")
    return response.status_code, response.json()


def test_readyz_is_ok_when_all_parts_answer(db, settings, say):
    redis = "not used" if settings.EMBEDDED else "ok"
    well = {"status": "ok", "database": "ok", "redis": redis, "queue": "ok", "worker": "ok"}
    assert readyz() == readyz("?strict=1") == (200, well)


@pytest.mark.parametrize(
    ("said", "part", "words"),
    [
        ({"oldest_due_seconds": 90.4}, "queue", "failing: a delivery waits 90 s past its time"),
        ({"workers": 0, "last_heartbeat": 0.0}, "worker", "failing: none is alive, none was heard of within a day"),
        ({"workers": 0}, "worker", "failing: none is alive, the last was heard of 5 s ago"),
    ],
)
def test_readyz_names_what_is_wrong_with_delivering_and_keeps_business_going(db, say, said, part, words):
    say(**said)
    code, answer = readyz()
    assert (code, answer["status"]) == (200, "degraded")
    assert answer[part].startswith(words)
    assert readyz("?strict=1") == (503, answer)


def test_readyz_says_that_nobody_knows_how_delivering_is(db):
    code, answer = readyz()
    assert (code, answer["status"]) == (200, "degraded")
    assert answer["queue"] == answer["worker"] == "failing: unreadable"


class Away:
    """Stands where the database connection would."""

    def cursor(self):
        raise OperationalError("could not connect to host db.internal as user app")

    def close(self):
        pass


def test_readyz_says_that_a_database_hangs_and_takes_one_thread_for_it(db, monkeypatch):
    answered = threading.Event()
    monkeypatch.setattr(health, "DATABASE_SECONDS", 0.05)
    monkeypatch.setattr(health, "_select", lambda: answered.wait(30) and "ok")
    try:
        told = [Client().get("/readyz").json()["database"] for _ in range(3)]
    finally:
        answered.set()
    assert told == ["failing: no answer in 0.05 s"] * 3
    assert sum(thread.name.startswith("readyz") for thread in threading.enumerate()) == 1


def test_readyz_names_the_database_that_fails_and_gives_nothing_away(db, monkeypatch):
    monkeypatch.setattr(health, "connection", Away())
    response = Client().get("/readyz")
    assert response.status_code == 503
    assert response.json()["status"] == "failing"
    assert response.json()["database"] == "failing: OperationalError"
    assert "internal" not in response.content.decode()


def test_readyz_names_the_redis_that_fails(db, settings, say):
    settings.EMBEDDED, settings.REDIS_URL = False, f"redis://:secret@127.0.0.1:{free_port()}/0"
    code, answer = readyz()
    assert (code, answer["status"]) == (503, "failing")
    assert (answer["database"], answer["redis"]) == ("ok", "failing: ConnectionError")


@pytest.mark.parametrize("path", ["/metrics", "/healthz", "/readyz", "/monitor/summary", "/"])
def test_pages_only_answer_to_reading(path):
    assert Client().post(path).status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/metrics", "/healthz", "/readyz"])
def test_probes_may_use_any_host_name(path):
    assert Client(headers={"Host": "10.0.0.7:8000"}).get(path).status_code == 200


@pytest.mark.django_db
def test_everything_else_may_not():
    assert Client(headers={"Host": "10.0.0.7:8000"}).get("/sign-in").status_code == 400


@pytest.mark.django_db
def test_prometheus_has_nothing_to_say_against_the_metrics(counting):
    page = Client().get("/metrics").content
    checked = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True, timeout=60, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, b"")
