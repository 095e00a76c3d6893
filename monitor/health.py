"""Liveness and readiness for load balancers: JSON that names the part that fails."""

from __future__ import annotations

import redis
from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

REDIS_SECONDS = 2


@require_GET
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the process answers at all."""
    return JsonResponse({"status": "ok"})


@require_GET
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database and Redis answer, 503 otherwise: `{"status", "database", "redis"}`."""
    parts = {"database": _database(), "redis": _redis()}
    ready = all(part in ("ok", "not used") for part in parts.values())
    return JsonResponse({"status": "ok" if ready else "failing", **parts}, status=200 if ready else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as exc:
        return f"failing: {type(exc).__name__}"
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
