"""Liveness and readiness for load balancers: JSON that names the part that fails."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import redis
from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

REDIS_SECONDS = 2
DATABASE_SECONDS = 3


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the process answers at all."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database and Redis answer, 503 otherwise: `{"status", "database", "redis"}`."""
    parts = {"database": _database(), "redis": _redis()}
    ready = all(part in ("ok", "not used") for part in parts.values())
    return JsonResponse({"status": "ok" if ready else "failing", **parts}, status=200 if ready else 503)


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
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
        ) as client:
            client.ping()
    except redis.RedisError as exc:
        return f"failing: {type(exc).__name__}"
    return "ok"
