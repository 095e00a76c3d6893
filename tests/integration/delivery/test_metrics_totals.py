"""Counts of processes on several hosts, added up in a real Redis."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, values

from tests.servers import Redis, free_port
from webhooks.metrics import totals


class Process:
    """What a process has: values of its own, and a shipper."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shipper = totals.Shipper()
        with monkeypatch.context() as patched:
            patched.setattr(totals, "shipper", lambda: self.shipper)
            patched.setattr(values, "ValueClass", totals._Value)
            own = CollectorRegistry()
            self.attempts = Counter("attempts", "Attempts", ["event"], registry=own)
            self.seconds = Histogram("seconds", "Seconds", buckets=(1, 5), registry=own)
            self.clients = Gauge("clients", "Clients", registry=own, multiprocess_mode="livesum")
            for event in ("a", "b"):
                self.attempts.labels(event)
            self.late = Counter("late", "Attempts", registry=own)


@pytest.fixture(autouse=True)
def own_redis(redis_server: Redis, monkeypatch: pytest.MonkeyPatch) -> Iterator[redis.Redis]:
    client = redis.Redis.from_url(redis_server.url, decode_responses=True)
    monkeypatch.setattr(totals, "_client", lambda: client)
    client.delete(totals._TOTALS, totals._PROCESSES)
    yield client
    client.delete(totals._TOTALS, totals._PROCESSES)
    client.close()


@pytest.fixture
def one(monkeypatch: pytest.MonkeyPatch) -> Process:
    return Process(monkeypatch)


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch) -> Process:
    return Process(monkeypatch)


def told() -> dict[str, float]:
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for metric in totals.registry().collect()
        for sample in metric.samples
    }


def test_series_are_there_from_the_first_shipment_at_zero(one: Process):
    assert told() == {}
    assert one.shipper.ship()
    assert told() == {
        "attempts_total a": 0, "attempts_total b": 0, "late_total": 0, "clients": 0, "seconds_bucket 1.0": 0,
        "seconds_bucket 5.0": 0, "seconds_bucket +Inf": 0, "seconds_count": 0, "seconds_sum": 0,
    }  # fmt: skip


def test_what_processes_count_is_added_up(one: Process, other: Process):
    for process in (one, other):
        process.attempts.labels("a").inc(2)
        process.seconds.observe(0.5)
        process.clients.set(3)
        process.shipper.ship()
    one.seconds.observe(7)
    one.late.inc()
    one.shipper.ship()
    figures = told()
    assert (figures["attempts_total a"], figures["attempts_total b"], figures["late_total"]) == (4, 0, 1)
    assert [figures[f"seconds_bucket {edge}"] for edge in ("1.0", "5.0", "+Inf")] == [2, 2, 3]
    assert (figures["seconds_count"], figures["seconds_sum"]) == (3, 8)
    assert figures["clients"] == 6


def test_counts_of_a_process_that_is_gone_stay_and_its_gauges_go(one: Process, other: Process, monkeypatch):
    for process in (one, other):
        process.attempts.labels("a").inc()
        process.clients.set(1)
        process.shipper.ship()
    monkeypatch.setattr(totals.time, "time", lambda now=totals.time.time: now() + totals.SILENT_SECONDS + 1)
    other.shipper.ship()
    assert told()["attempts_total a"] == 2
    assert told()["clients"] == 1


def test_a_shipment_whose_answer_was_lost_is_not_added_twice(one: Process, own_redis: redis.Redis, monkeypatch):
    class Lossy:
        """Does what it is asked, and the answer is lost."""

        def eval(self, *args: object) -> None:
            own_redis.eval(*args)  # type: ignore[arg-type]
            raise redis.TimeoutError("no answer")

    one.attempts.labels("a").inc(5)
    with monkeypatch.context() as patched:
        patched.setattr(totals, "_client", Lossy)
        assert not one.shipper.ship()
    assert told()["attempts_total a"] == 5
    one.attempts.labels("a").inc(1)
    assert one.shipper.ship()
    assert told()["attempts_total a"] == 5
    assert one.shipper.ship()
    assert told()["attempts_total a"] == 6


def test_what_could_not_be_shipped_comes_later(one: Process, monkeypatch):
    one.shipper.ship()
    one.attempts.labels("a").inc(5)
    with monkeypatch.context() as patched:
        patched.setattr(totals, "_client", lambda: redis.Redis(port=free_port()))
        assert not one.shipper.ship()
        assert told() == {}
        one.attempts.labels("a").inc(2)
        assert not one.shipper.ship()
    one.shipper.ship()
    one.shipper.ship()
    assert told()["attempts_total a"] == 7


def test_an_emptied_redis_gets_every_series_again(one: Process, own_redis: redis.Redis):
    one.attempts.labels("a").inc(5)
    one.shipper.ship()
    own_redis.delete(totals._TOTALS, totals._PROCESSES)
    one.attempts.labels("b").inc(1)
    one.shipper.ship()
    one.shipper.ship()
    figures = told()
    assert (figures["attempts_total a"], figures["attempts_total b"], figures["seconds_count"]) == (0, 1, 0)
