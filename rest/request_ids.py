"""`X-Request-ID`: the name of a request in its answer, its log lines and the events that it publishes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bound_contextvars, get_contextvars

from tenancy.ids import new_id

logger = structlog.get_logger(__name__)

API_PREFIX = "/api/"
HEADER = "X-Request-ID"
MAX_LENGTH = 64

# What a client may choose goes into logs and rows: short, and without anything that means something there.
_VALID = re.compile(rf"[A-Za-z0-9._-]{{1,{MAX_LENGTH}}}")


class RequestIdMiddleware:
    """The outermost one, so that what others log has the id, too. A valid id that comes in is kept."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        request_id = given if _VALID.fullmatch(given) else str(new_id())
        request.request_id = request_id  # type: ignore[attr-defined]  # what is logged of it later, see project.logs
        started = time.perf_counter()
        with bound_contextvars(request_id=request_id):
            response = self._get_response(request)
            if request.path.startswith(API_PREFIX):
                _log(request, response.status_code, time.perf_counter() - started)
        # Also over that of an answer that was kept: it is this request that is answered.
        response.headers[HEADER] = request_id
        return response


def _log(request: HttpRequest, status: int, seconds: float) -> None:
    """What was called and how it ended; never a query or a body. Embedded for who asks for it, as attempts are."""
    tell = logger.debug if settings.EMBEDDED else logger.info
    tell("api_request", method=request.method, path=request.path, status=status, ms=round(seconds * 1000))


def current() -> str | None:
    """The id of the request that is being answered here; None outside of one (commands, workers, the simulation)."""
    request_id: str | None = get_contextvars().get("request_id")
    return request_id
