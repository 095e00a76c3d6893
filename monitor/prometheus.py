"""The charts of the whole system from a Prometheus server that scrapes it (`PROMETHEUS_URL`), by its HTTP API.

https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from math import isfinite
from typing import Any

import httpx
import orjson
import structlog
from django.conf import settings

from monitor.counted import Steps
from webhooks.engine.outcome import Outcome, of_status

logger = structlog.get_logger(__name__)

SECONDS = 5.0  # for all requests together
MAX_BYTES = 8_000_000  # of one answer
# Several scrapes must fall into a step, or nothing can be said about its increase.
SHORTEST_STEP = 60
NOTE = "the exported counters do not tell failures without an HTTP answer apart: they are under other"

_QUERIES = {
    "results": "sum by (status) (increase(webhook_deliveries_total[{step}s]))",
    "codes": "sum by (code) (increase(webhook_delivery_http_status_total[{step}s]))",
    "retries": "sum by (reason) (increase(webhook_retries_total[{step}s]))",
    **{
        name: f"histogram_quantile({fraction}, "
        "sum by (le) (increase(webhook_delivery_duration_seconds_bucket[{step}s])))"
        for name, fraction in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
    },
}
# A series by its label's value: what it increased by in each step, or a quantile; None where nothing is known.
_Series = dict[str, list[float | None]]


class UnavailableError(Exception):
    """The server has not answered what was asked; the text says why, without its address."""


def history(steps: Steps) -> dict[str, Any]:
    """`source attempts outcomes codes retries latency note` as in `monitor.history`. Raises UnavailableError."""
    try:
        found = asyncio.run(_ask(steps))
    except TimeoutError as exc:
        raise UnavailableError(f"no answer in {SECONDS:g} s") from exc
    except httpx.HTTPError as exc:
        raise UnavailableError(type(exc).__name__) from exc
    if not found["results"]:
        raise UnavailableError("it knows no webhook_deliveries_total")
    results, codes = _rounded(found["results"]), _rounded(found["codes"])
    success, failed = (results.get(each, [0] * len(steps.at)) for each in ("success", "failed"))
    return {
        "source": "prometheus",
        "attempts": _added([success, failed]),
        "outcomes": _outcomes(success, failed, codes),
        "codes": codes,
        "retries": _rounded(found["retries"]),
        "latency": {name: _in_ms(found[name].get("", [None] * len(steps.at))) for name in ("p50", "p95", "p99")},
        "note": NOTE,
    }


async def _ask(steps: Steps) -> dict[str, _Series]:
    token = settings.PROMETHEUS_TOKEN
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        asyncio.timeout(SECONDS),
        httpx.AsyncClient(headers=headers, timeout=SECONDS, trust_env=False) as client,
    ):
        answers = await asyncio.gather(*(_series(client, query, steps) for query in _QUERIES.values()))
    return dict(zip(_QUERIES, answers, strict=True))


async def _series(client: httpx.AsyncClient, query: str, steps: Steps) -> _Series:
    ends = [round(at.timestamp()) + steps.seconds for at in steps.at]
    params: dict[str, str | int] = {"start": ends[0], "end": ends[-1], "step": steps.seconds}
    params["query"] = query.format(step=steps.seconds)
    body = b""
    async with client.stream("GET", f"{settings.PROMETHEUS_URL}/api/v1/query_range", params=params) as response:
        if response.status_code != httpx.codes.OK:
            raise UnavailableError(f"it answered {response.status_code}")
        async for part in response.aiter_bytes():
            body += part
            if len(body) > MAX_BYTES:
                raise UnavailableError("its answer is too large")
    try:
        found = orjson.loads(body)["data"]["result"]
        return {_label(each["metric"]): _values(each["values"], ends) for each in found}
    except (ValueError, TypeError, KeyError, AttributeError) as exc:
        raise UnavailableError("its answer is none of Prometheus") from exc


def _label(labels: dict[str, str]) -> str:
    return next(iter(labels.values()), "")


def _values(pairs: Iterable[tuple[float, str]], ends: list[int]) -> list[float | None]:
    values = {round(moment): float(value) for moment, value in pairs}
    return [value if (value := values.get(end)) is not None and isfinite(value) else None for end in ends]


def _rounded(series: _Series) -> dict[str, list[int]]:
    """Whole numbers (an increase is extrapolated), without what never occurred."""
    rounded = {name: [round(value or 0) for value in series[name]] for name in sorted(series)}
    return {name: values for name, values in rounded.items() if any(values)}


def _in_ms(values: list[float | None]) -> list[int | None]:
    return [None if value is None else round(value * 1000) for value in values]


def _added(lines: list[list[int]]) -> list[int]:
    return [sum(values) for values in zip(*lines, strict=True)]


def _outcomes(success: list[int], failed: list[int], codes: dict[str, list[int]]) -> dict[str, list[int]]:
    lines: dict[str, list[int]] = {str(Outcome.SUCCESS): success}
    for code, line in codes.items():
        outcome = of_status(int(code)) if code.isdecimal() else Outcome.OTHER
        if outcome not in (Outcome.SUCCESS, Outcome.OTHER):
            lines[str(outcome)] = _added([lines.get(str(outcome), [0] * len(line)), line])
    answered = _added([line for outcome, line in lines.items() if outcome != Outcome.SUCCESS] or [[0] * len(failed)])
    lines[str(Outcome.OTHER)] = [max(0, all_ - some) for all_, some in zip(failed, answered, strict=True)]
    return {outcome: line for outcome, line in lines.items() if any(line)}
