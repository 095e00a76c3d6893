"""`/metrics` of a worker, on a port of its own."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack

import httpx
import pytest

from project import metrics
from tests.servers import free_port

PATIENCE = 10


@pytest.fixture
def port(settings, monkeypatch) -> int:
    monkeypatch.setattr(metrics, "TAKEN_SECONDS", 0.05)
    settings.BIND, settings.WORKER_METRICS_PORT = "127.0.0.1", free_port()
    return settings.WORKER_METRICS_PORT


def get(port: int, path: str = "/metrics", **headers: str) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{port}{path}", headers=headers, timeout=PATIENCE)


def once(look: Callable[[], httpx.Response]) -> httpx.Response:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return look()
        except httpx.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_a_worker_tells_its_hosts_metrics(port):
    metrics.start()
    metrics.serve()
    answer = once(lambda: get(port))
    assert answer.headers["content-type"].startswith("text/plain")
    for name in ("webhook_deliveries_total{", "webhook_feed_clients", "webhook_database_up", "webhook_build_info{"):
        assert f"\n{name}" in answer.text
    openmetrics = get(port, Accept="application/openmetrics-text; version=1.0.0")
    assert openmetrics.text.endswith("# EOF\n")
    assert get(port, "/").status_code == 404


def test_the_port_asks_for_the_token_like_the_web_process(port, settings):
    settings.METRICS_TOKEN = "scrape-me"
    metrics.serve()
    assert once(lambda: get(port)).status_code == 401
    assert "webhook_" not in get(port, Authorization="Bearer wrong").text
    assert get(port, Authorization="Bearer scrape-me").status_code == 200


def test_a_port_that_another_worker_has_is_taken_over_when_that_one_ends(port):
    with socket.create_server(("127.0.0.1", port)):
        metrics.serve()
        time.sleep(0.2)
        assert "metrics-port" in [thread.name for thread in threading.enumerate()]
    assert once(lambda: get(port)).status_code == 200


def test_many_that_say_nothing_take_few_descriptors_and_not_for_long(port, monkeypatch):
    monkeypatch.setattr(metrics, "REQUEST_SECONDS", 0.5)
    metrics.serve()
    once(lambda: get(port))
    with ExitStack() as opened:
        for _ in range(3 * metrics.MAX_CONNECTIONS):
            opened.enter_context(socket.create_connection(("127.0.0.1", port)))
        serving = [each for each in threading.enumerate() if "process_request_thread" in each.name]
        assert len(serving) <= metrics.MAX_CONNECTIONS
        assert once(lambda: get(port)).status_code == 200


def test_a_scraper_that_says_nothing_keeps_no_other_waiting(port):
    metrics.serve()
    once(lambda: get(port))
    with socket.create_connection(("127.0.0.1", port)):
        assert get(port).status_code == 200
