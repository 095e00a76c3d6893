"""Metrics of processes on several hosts, added up in Redis.

Each process keeps its values in memory and ships what was added since, once a second and when it ends: a process that
is killed loses one second at most. A shipment is numbered, so that one whose answer was lost is not added twice.
Gauges are told as they are, and count while their process lives.
"""

from __future__ import annotations

import atexit
import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any
from uuid import uuid4

import redis
import structlog
from django.conf import settings
from prometheus_client import CollectorRegistry, values
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

logger = structlog.get_logger(__name__)

SHIP_SECONDS = 1.0
# A process that has not shipped for so long is gone: its gauges count no more. Its entry is dropped after a day.
SILENT_SECONDS = 10.0
FORGOTTEN_SECONDS = 86_400.0
REDIS_SECONDS = 2.0
_TOTALS, _PROCESSES = "webhook-metrics:totals", "webhook-metrics:processes"
# Adds a shipment unless it is there already; answers whether there were totals before, or they are to be begun anew.
_SHIP = """
local known = redis.call('HGET', KEYS[2], ARGV[1])
local existed = redis.call('EXISTS', KEYS[1])
local shipped = cjson.decode(ARGV[2])
if not known or cjson.decode(known).number < shipped.number then
    for i = 3, #ARGV, 2 do redis.call('HINCRBYFLOAT', KEYS[1], ARGV[i], ARGV[i + 1]) end
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
return existed
"""


class _Value:
    """What prometheus_client keeps a value in: a float in memory that the shipper knows."""

    _multiprocess = True

    def __init__(
        self,
        typ: str,
        metric_name: str,
        name: str,
        labelnames: Iterable[str],
        labelvalues: Iterable[str],
        help_text: str,
        multiprocess_mode: str = "",
        **_options: Any,
    ) -> None:
        self.is_gauge = typ == "gauge"
        labels = dict(zip(labelnames, labelvalues, strict=True))
        self.key = json.dumps([typ, metric_name, name, labels, help_text], sort_keys=True)
        self._value = 0.0
        self._lock = threading.Lock()
        shipper().values.append(self)

    def inc(self, amount: float) -> None:
        with self._lock:
            self._value += amount

    def set(self, value: float, timestamp: float | None = None) -> None:
        with self._lock:
            self._value = value

    def get(self) -> float:
        with self._lock:
            return self._value

    def set_exemplar(self, exemplar: Any) -> None:
        """Exemplars are not kept."""

    def get_exemplar(self) -> None:
        return None


class Shipper:
    """Ships what the values of this process have grown by."""

    def __init__(self) -> None:
        self.values: list[_Value] = []
        self._process = uuid4().hex
        self._shipped: dict[str, float] = {}
        self._number = 0
        # Not known to have arrived: repeated as it is until it has.
        self._pending: dict[str, float] | None = None
        self._whole = True
        self._failing = False
        self._lock = threading.Lock()

    def run(self) -> None:
        """For ever: once a second. At the process's end once more."""
        atexit.register(self.ship)
        while True:
            time.sleep(SHIP_SECONDS)
            self.ship()

    def ship(self) -> bool:
        """False when Redis did not take it; what was not taken comes with a later one."""
        with self._lock:
            try:
                self._ship()
            except redis.RedisError as exc:
                if not self._failing:
                    logger.warning("metrics_not_shipped", error=repr(exc))
                self._failing = True
            else:
                self._failing = False
            return not self._failing

    def _ship(self) -> None:
        if self._pending is None:
            self._pending = self._growth()
            self._number += 1
        gauges = {value.key: value.get() for value in list(self.values) if value.is_gauge}
        about = json.dumps({"number": self._number, "at": time.time(), "gauges": gauges})
        grown = [part for key, growth in self._pending.items() for part in (key, repr(growth))]
        existed = _client().eval(_SHIP, 2, _TOTALS, _PROCESSES, self._process, about, *grown)
        for key, growth in self._pending.items():
            self._shipped[key] = self._shipped.get(key, 0.0) + growth
        self._pending = None
        # Redis was emptied: every series is to be there again, at 0 where nothing was added.
        self._whole = not existed and not self._whole

    def _growth(self) -> dict[str, float]:
        now = {value.key: value.get() for value in list(self.values) if not value.is_gauge}
        growth = {key: value - self._shipped.get(key, 0.0) for key, value in now.items()}
        if self._whole:
            return growth
        return {key: added for key, added in growth.items() if added or key not in self._shipped}


@cache
def shipper() -> Shipper:
    """This process's, which has begun to ship."""
    made = Shipper()
    threading.Thread(target=made.run, name="metrics-shipper", daemon=True).start()
    return made


def install() -> None:
    """Have prometheus_client keep values in memory and ship them."""
    values.ValueClass = _Value


def registry() -> CollectorRegistry:
    """A fresh registry with the totals of all processes. Without an answer of Redis it is empty."""
    combined = CollectorRegistry()
    combined.register(_Totals())
    return combined


class _Totals(Collector):
    def collect(self) -> Iterator[Metric]:
        try:
            client = _client()
            found, processes = client.hgetall(_TOTALS), client.hgetall(_PROCESSES)
            living: dict[str, Any] = {str(name): json.loads(about) for name, about in processes.items()}
            self._forget(client, living)
        except redis.RedisError as exc:
            logger.warning("metrics_unreadable", error=repr(exc))
            return
        series = [(json.loads(key), float(value)) for key, value in found.items()]
        for about in living.values():
            if time.time() - about["at"] < SILENT_SECONDS:
                series += [(json.loads(key), value) for key, value in about["gauges"].items()]
        yield from _metrics(series)

    @staticmethod
    def _forget(client: redis.Redis, processes: dict[str, Any]) -> None:
        gone = [name for name, about in processes.items() if time.time() - about["at"] > FORGOTTEN_SECONDS]
        if gone:
            client.hdel(_PROCESSES, *gone)


def _metrics(series: list[tuple[list[Any], float]]) -> Iterator[Metric]:
    """From what the values of prometheus_client are called by; buckets are kept each for itself and told added up."""
    by_metric: dict[tuple[str, str], str] = {}
    samples: dict[str, dict[tuple[str, tuple[tuple[str, str], ...]], float]] = defaultdict(lambda: defaultdict(float))
    for (typ, metric, name, labels, help_text), value in series:
        by_metric.setdefault((typ, metric), help_text)
        samples[metric][name, tuple(sorted(labels.items()))] += value
    for (typ, name), help_text in sorted(by_metric.items()):
        match typ:
            case "histogram":
                yield _histogram(name, help_text, samples[name])
            case "gauge":
                yield _simple(GaugeMetricFamily(name, help_text), samples[name])
            case _:
                yield _simple(CounterMetricFamily(name, help_text), samples[name])


def _simple(metric: Metric, samples: dict[Any, float]) -> Metric:
    for (name, labels), value in samples.items():
        metric.add_sample(name, dict(labels), value)
    return metric


def _histogram(metric_name: str, help_text: str, samples: dict[Any, float]) -> Metric:
    metric = HistogramMetricFamily(metric_name, help_text)
    buckets: dict[Any, dict[str, float]] = defaultdict(dict)
    for (name, labels), value in samples.items():
        if name.endswith("_bucket"):
            buckets[tuple(each for each in labels if each[0] != "le")][dict(labels)["le"]] = value
    for labels, values_ in buckets.items():
        total = 0.0
        for edge in sorted(values_, key=float):
            total += values_[edge]
            metric.add_sample(f"{metric_name}_bucket", {**dict(labels), "le": edge}, total)
        metric.add_sample(f"{metric_name}_count", dict(labels), total)
        metric.add_sample(f"{metric_name}_sum", dict(labels), samples[f"{metric_name}_sum", labels])
    return metric


@cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=REDIS_SECONDS,
        socket_connect_timeout=REDIS_SECONDS,
        decode_responses=True,
    )
