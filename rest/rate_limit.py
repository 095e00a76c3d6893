"""How many requests a token may make: API_RATE_LIMIT within a minute that begins with its first request.

The counts are in the cache `shared`, which all web processes share in production. While it is away nobody is refused:
a limit that protects the service must not be what takes it down.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus

import structlog
from django.conf import settings
from django.core.cache import BaseCache, caches
from django.http import HttpRequest, HttpResponse

from rest.problems import Problem

logger = structlog.get_logger(__name__)

WINDOW_SECONDS = 60
# A cache that does not answer costs its deadline; not with every request.
PAUSE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left after a request; `remaining` is below 0 for one that is too many."""

    limit: int
    remaining: int
    reset_seconds: int

    @property
    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(0, self.remaining)),
            "RateLimit-Reset": str(self.reset_seconds),
        }


class RateLimiter:
    """Counts requests by name in a cache; safe to use from several threads and processes."""

    def __init__(
        self,
        cache: Callable[[], BaseCache],
        clock: Callable[[], float] = time.time,
        window_seconds: int = WINDOW_SECONDS,
    ) -> None:
        self._cache = cache
        self._window = window_seconds
        self._clock = clock
        self._away_until = 0.0

    def take(self, name: str, limit: int) -> Allowance | None:
        """Count one request of `name`; None while the cache is away, or without a limit (0)."""
        if not limit or self._clock() < self._away_until:
            return None
        try:
            count, reset = self._count(name)
        except Exception as exc:  # whatever the cache's client raises
            if not self._away_until:
                logger.warning("rate_limit_away", error=repr(exc))
            self._away_until = self._clock() + PAUSE_SECONDS
            return None
        if self._away_until:
            self._away_until = 0.0
            logger.warning("rate_limit_back")
        return Allowance(limit, limit - count, reset)

    def _count(self, name: str) -> tuple[int, int]:
        """How many in this window with this one, and the seconds until its end."""
        cache, now = self._cache(), int(self._clock() * 1000)
        begun = cache.get_or_set(f"window:{name}", now, self._window) or now
        key = f"count:{name}:{begun}"
        # Kept longer than the window, so that it cannot end between these two lines.
        cache.add(key, 0, 2 * self._window)
        count = cache.incr(key)
        return count, max(1, math.ceil((begun - now) / 1000 + self._window))


limiter = RateLimiter(lambda: caches["shared"])


def take(request: HttpRequest, token_id: object) -> None:
    """Count this request of a token. Raises a 429 problem when it is one too many."""
    allowance = limiter.take(str(token_id), settings.API_RATE_LIMIT)
    if allowance is None:
        return
    request._allowance = allowance  # type: ignore[attr-defined]
    if allowance.remaining < 0:
        wait = allowance.reset_seconds
        detail = f"this token may make {allowance.limit} requests a minute; try again in {wait} s"
        raise Problem(HTTPStatus.TOO_MANY_REQUESTS, detail, headers={"Retry-After": str(wait)})


def shown(run: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A decorator for all operations: every answer says what is left."""

    @wraps(run)
    def with_headers(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = run(request, *args, **kwargs)
        allowance: Allowance | None = getattr(request, "_allowance", None)
        for name, value in allowance.headers.items() if allowance else ():
            response[name] = value
        return response

    return with_headers
