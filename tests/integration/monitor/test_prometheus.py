"""The charts of the whole system from a real Prometheus, and from the stored attempts when there is none."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import pytest
from django.core.cache import cache
from prometheus_client import CollectorRegistry, generate_latest, values

from monitor import prometheus
from tests.factories import make_delivery, make_subscription, make_tenant
from tests.integration.dispatching.running import eventually
from tests.integration.monitor.past import attempt_at, failed_at
from tests.servers import Prometheus, free_port
from webhooks import rollups
from webhooks.metrics.attempts import AttemptMetrics
from webhooks.signals import RecordedAttempt

pytestmark = pytest.mark.django_db

INTERVAL = 15  # seconds between the scrapes of the history


def row(outcome="success", http_status=200, duration_ms=40, status="DELIVERED"):
    ids = [uuid4() for _ in range(4)]
    rest = {"number": 1, "max_attempts": 4, "started_at": 0.0, "held": None, "error": None, "next_attempt_at": None}
    given = {"outcome": outcome, "http_status": http_status, "duration_ms": duration_ms, "status": status}
    return RecordedAttempt(*ids, event="payment.received", **given, **rest)


# What a worker records in each 15 s.
ROWS = [
    *[row()] * 5,
    row("http_5xx", 503, 600, "RETRYING"),
    row("http_429", 429, 60, "FAILED"),
    row("timeout", None, 10_000, "RETRYING"),
]


@pytest.fixture(scope="module")
def metrics() -> Iterator[tuple[CollectorRegistry, AttemptMetrics]]:
    """The metrics of a worker, in a registry of their own."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(values, "ValueClass", values.MutexValue)
        registry = CollectorRegistry()
        yield registry, AttemptMetrics(registry)


def history_of(registry, metrics):
    """The last two hours of a worker that records ROWS all the time, and twice as much half an hour ago; and when."""
    now = time.time() // INTERVAL * INTERVAL
    busy = int((now - 1800) // 60 * 60)
    lines: dict[str, list[str]] = {}
    for moment in range(int(now - 7200), int(now) + 1, INTERVAL):
        for family in registry.collect():
            of_family = lines.setdefault(family.name, [f"# TYPE {family.name} {family.type}"])
            for sample in family.samples:
                if not sample.name.endswith("_created"):
                    labels = ",".join(f'{name}="{value}"' for name, value in sample.labels.items())
                    of_family.append(f"{sample.name}{{{labels}}} {sample.value} {moment}")
        metrics.count(ROWS * (2 if busy <= moment < busy + 60 else 1), late=0)
    return "\n".join([line for family in lines.values() for line in family] + ["# EOF\n"]), busy


@contextmanager
def serving(answer):
    """An HTTP server whose GETs call `answer(handler)`; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            answer(self)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def send(handler, body, status=200):
    handler.send_response(status)
    handler.send_header("Content-Type", "text/plain; version=0.0.4")
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def ask(sign_in, settings):
    """The charts of the whole system, as staff get them, with this server."""
    client = sign_in(staff=True)

    def ask(url, **parameters):
        settings.PROMETHEUS_URL = url
        cache.clear()
        response = client.get("/monitor/history", {"scope": "system", **parameters})
        assert response.status_code == 200, response.content
        return response.json()

    return ask


def test_charts_of_what_prometheus_has_scraped(ask, metrics):
    make_delivery()
    rollups.catch_up()
    history, busy = history_of(*metrics)
    server = Prometheus("127.0.0.1:1", history)
    try:
        found = ask(server.url)
        longer = ask(server.url, range="6h")
    finally:
        server.remove()
    assert (found["source"], found["scope"], found["step"]) == ("prometheus", "system", 60)
    assert [at for at, n in zip(found["at"], found["attempts"], strict=True) if n == 64] == [busy * 1000]
    # The last steps may not be over.
    others = [number for number, at in enumerate(found["at"]) if at != busy * 1000][1:-2]
    assert {found["attempts"][number] for number in others} == {32}
    lines = {
        name: {key: {line[number] for number in others} for key, line in found[name].items()}
        for name in ("outcomes", "codes", "retries")
    }
    assert lines == {
        "outcomes": {"success": {20}, "http_5xx": {4}, "http_429": {4}, "other": {4}},
        "codes": {"200": {20}, "503": {4}, "429": {4}, "none": {4}},
        "retries": {"http_5xx": {4}, "timeout": {4}},
    }
    assert {name: line[30] for name, line in found["latency"].items()} == {"p50": 45, "p95": 9200, "p99": 9840}
    assert found["backlog"]["waiting"][-1] == 1
    assert "under other" in found["note"]
    assert all(len(line) == len(found["at"]) for line in [found["attempts"], *found["outcomes"].values()])
    assert set(longer["attempts"][-50:-2]) == {64, 96}
    assert (longer["attempts"][0], longer["latency"]["p95"][0]) == (0, None)


def has_codes(found):
    return found if found["source"] == "prometheus" and found["codes"] else None


def test_charts_of_what_prometheus_scrapes_now(ask, metrics):
    registry, counters = metrics

    def scraped(handler):
        counters.count(ROWS, late=0)
        send(handler, generate_latest(registry))

    with serving(scraped) as port:
        server = Prometheus(f"127.0.0.1:{port}")
        try:
            found = eventually(lambda: has_codes(ask(server.url, range="15m")))
        finally:
            server.remove()
    assert found["step"] == 60
    assert set(found["codes"]) == {"200", "503", "429", "none"}
    assert sum(found["outcomes"]["success"]) > sum(found["outcomes"]["http_5xx"]) > 0


@pytest.fixture
def stored():
    """Some attempts of two tenants."""
    now = datetime.now(UTC)
    for subscription in (make_subscription(), make_subscription(make_tenant())):
        attempt_at(now, subscription)
        failed_at(now, subscription)


def hanging(handler):
    time.sleep(2)


def trickling(handler):
    """Never silent for long, and never done."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(20):
        handler.wfile.write(b" ")
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (hanging, "no answer in 0.5 s"),
        (trickling, "no answer in 0.5 s"),
        (lambda handler: send(handler, b"who are you", 401), "it answered 401"),
        (lambda handler: send(handler, b"", 302), "it answered 302"),
        (lambda handler: send(handler, b"<html>"), "its answer is none of Prometheus"),
        (lambda handler: send(handler, b'{"data": {"result": [{"metric": 7, "values": 7}]}}'), "none of Prometheus"),
        (lambda handler: send(handler, b'{"data": {"result": []}}'), "it knows no webhook_deliveries_total"),
        (lambda handler: send(handler, b" " * 2000), "its answer is too large"),
    ],
    ids=["hangs", "trickles", "401", "302", "html", "other json", "nothing scraped", "too large"],
)
def test_without_an_answer_the_stored_attempts_are_counted(ask, stored, monkeypatch, answer, why):
    monkeypatch.setattr(prometheus, "SECONDS", 0.5)
    monkeypatch.setattr(prometheus, "MAX_BYTES", 1000)

    def answered(handler):
        with suppress(OSError):  # whoever asked has gone
            answer(handler)

    with serving(answered) as port:
        found = ask(f"http://127.0.0.1:{port}")
    assert found["source"] == "attempts"
    assert why in found["note"]
    assert {outcome: sum(line) for outcome, line in found["outcomes"].items()} == {"success": 2, "http_5xx": 2}


def test_nobody_listens(ask, stored):
    found = ask(f"http://127.0.0.1:{free_port()}")
    assert (found["source"], sum(found["attempts"])) == ("attempts", 4)
    assert "ConnectError" in found["note"]
    assert "127.0.0.1" not in found["note"]


def test_the_token_is_sent(ask, settings):
    settings.PROMETHEUS_TOKEN = "of-the-tests"
    seen = []

    def answer(handler):
        seen.append((handler.path.partition("?")[0], handler.headers["Authorization"]))
        send(handler, b"{}")

    with serving(answer) as port:
        ask(f"http://127.0.0.1:{port}/prometheus")
    assert set(seen) == {("/prometheus/api/v1/query_range", "Bearer of-the-tests")}
    assert len(seen) <= 10


def test_a_tenants_charts_never_ask_prometheus(sign_in, settings):
    tenant = make_tenant()
    settings.PROMETHEUS_URL = f"http://127.0.0.1:{free_port()}"
    found = sign_in(tenant).get("/monitor/history").json()
    assert (found["source"], found["scope"]) == ("attempts", "tenant")
    assert "note" not in found
