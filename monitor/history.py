"""The charts: attempts by outcome, code, retry reason and duration, and the backlog, in steps of equal length."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from monitor.counted import Steps, Whose, count, percentile
from monitor.times import milliseconds
from webhooks.metrics.gauges import Figures
from webhooks.models import sql

PERCENTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}


class _Cell(NamedTuple):
    """Attempts of a step that went the same way."""

    step: int  # from 0
    outcome: str
    http_status: int | None
    retried: bool
    n: int


def history(whose: Whose, steps: Steps) -> dict[str, Any]:
    """The charts of a tenant, of one of its subscriptions (then without a backlog), or of all tenants together.

    Keys: source since until step at attempts outcomes codes retries latency backlog. Times and durations are in ms,
    `step` is in seconds, each list has a value for each of `at`.
    """
    at = steps.at
    counted, durations = _counted(whose, steps)
    return {
        "source": "attempts",
        **frame(steps),
        "attempts": _line(counted, len(at)),
        "outcomes": _lines(((cell.outcome, cell) for cell in counted), len(at)),
        "codes": _lines(((str(cell.http_status or "none"), cell) for cell in counted), len(at)),
        "retries": _lines(((cell.outcome, cell) for cell in counted if cell.retried), len(at)),
        "latency": {
            name: [percentile(durations[step], fraction) for step in range(len(at))]
            for name, fraction in PERCENTILES.items()
        },
        "backlog": backlog(whose, steps) if whose.subscriptions is None else None,
    }


def frame(steps: Steps) -> dict[str, Any]:
    """What says which time a chart is of."""
    since, until = milliseconds(steps.since), milliseconds(steps.until)
    return {"since": since, "until": until, "step": steps.seconds, "at": [milliseconds(each) for each in steps.at]}


def _counted(whose: Whose, steps: Steps) -> tuple[list[_Cell], dict[int, dict[int, int]]]:
    """By outcome, code and retry; and by step and duration bucket."""
    counted, params = count(whose, steps)
    found = sql.rows(
        f"""{counted}
            SELECT step, outcome, http_status, retried, NULL, sum(n) FROM c GROUP BY 1, 2, 3, 4
            UNION ALL
            SELECT step, NULL, NULL, NULL, bucket, sum(n) FROM c WHERE bucket IS NOT NULL GROUP BY step, bucket""",
        params,
    )
    cells = []
    durations: dict[int, dict[int, int]] = defaultdict(dict)
    for step, outcome, http_status, retried, bucket, n in found:
        if outcome is None:
            durations[step - 1][bucket] = int(n)
        else:
            cells.append(_Cell(step - 1, outcome, http_status, bool(retried), int(n)))
    return cells, durations


def _line(cells: Iterable[_Cell], length: int) -> list[int]:
    line = [0] * length
    for cell in cells:
        line[cell.step] += cell.n
    return line


def _lines(cells: Iterable[tuple[str, _Cell]], length: int) -> dict[str, list[int]]:
    by_key: dict[str, list[_Cell]] = defaultdict(list)
    for key, cell in cells:
        by_key[key].append(cell)
    return {key: _line(by_key[key], length) for key in sorted(by_key)}


def tell_present_backlog(told: dict[str, list[int | None]], figures: Figures | None) -> None:
    """All tenants are sampled once a minute, one is told live: together they must not be less than that one."""
    if figures is not None:
        told["waiting"][-1] = sum(figures.pending.values())
        told["retrying"][-1], told["held"][-1] = figures.pending["retrying"], figures.pending["held"]


def backlog(whose: Whose, steps: Steps) -> dict[str, list[int | None]]:
    """The last sample of each step. Steps shorter than a minute show that of their minute."""
    by_minute = steps if steps.seconds >= 60 else Steps(steps.since.replace(second=0), steps.until, 60)
    step, edges = sql.how_many_up_to("at", by_minute.at, "timestamptz")
    found = sql.rows(
        f"""SELECT m.step, b.waiting, b.retrying, b.held, b.oldest_pending_at
            FROM webhook_backlog b
            JOIN (SELECT {step} AS step, max(at) AS at FROM webhook_backlog
                  WHERE tenant_id = %s AND at >= %s AND at < %s GROUP BY 1) m ON m.at = b.at
            WHERE b.tenant_id = %s""",
        [*edges, whose.tenant_id, by_minute.since, by_minute.until, whose.tenant_id],
    )
    samples = {by_minute.at[number - 1]: sample for number, *sample in found}
    rows = [samples.get(at if steps.seconds >= 60 else at.replace(second=0), [None] * 4) for at in steps.at]
    return {
        "waiting": [row[0] for row in rows],
        "retrying": [row[1] for row in rows],
        "held": [row[2] for row in rows],
        "oldest_pending_at": [milliseconds(sql.as_time(row[3])) if row[3] else None for row in rows],
    }
