"""Liveness and readiness for load balancers and watchdogs: JSON that names the part that fails.

Without a worker business goes on: what happens is stored, and delivered when one is back. A load balancer that took the
web processes away then would turn late deliveries into refused payments, so only who asks strictly gets a 503 for it.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from webhooks.metrics.exposition import redis_problem
from webhooks.metrics.gauges import database_gauges

DATABASE_SECONDS = 3
# How late deliveries may be that wait for nothing but a worker.
LATE_SECONDS = 60


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the process answers at all."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """`{"status", "database", "redis", "queue", "worker"}`: 200 when database and Redis answer, 503 otherwise.

    `?strict=1`: 503 also when deliveries are late or no worker is heard of, which is "degraded" otherwise.
    """
    own = {"database": _database(), "redis": _redis()}
    delivery = _delivery() if _well(own["database"]) else {}
    ready = all(map(_well, own.values()))
    delivering = all(map(_well, delivery.values()))
    status = "failing" if not ready else "ok" if delivering else "degraded"
    wanted = ready and (delivering or request.GET.get("strict") != "1")
    response = JsonResponse({"status": status, **own, **delivery}, status=200 if wanted else 503)
    # Whoever probes knows; Django would write an error for each time it asks.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _well(part: str) -> bool:
    return part in ("ok", "not used")


def _delivery() -> dict[str, str]:
    figures = database_gauges.latest()
    if figures is None:
        return {"queue": "failing: unreadable", "worker": "failing: unreadable"}
    late, silent = figures.oldest_due_seconds, time.time() - figures.last_heartbeat
    heard = f"the last was heard of {silent:.0f} s ago" if figures.last_heartbeat else "none was heard of within a day"
    return {
        "queue": "ok" if late <= LATE_SECONDS else f"failing: a delivery waits {late:.0f} s past its time",
        "worker": "ok" if figures.workers else f"failing: none is alive, {heard}",
    }


# One thread for all probes: a database that hangs must not take a thread with every one of them.
_probe = ThreadPoolExecutor(1, thread_name_prefix="readyz")


def _database() -> str:
    answer = _probe.submit(_select)
    try:
        return answer.result(DATABASE_SECONDS)
    except TimeoutError:
        answer.cancel()
        return f"failing: no answer in {DATABASE_SECONDS} s"


def _select() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as exc:
        return f"failing: {type(exc).__name__}"
    finally:
        connection.close()
    return "ok"


def _redis() -> str:
    if settings.EMBEDDED:
        return "not used"
    problem = redis_problem()
    return "ok" if problem is None else f"failing: {problem}"
