"""A span for each call of the API."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPMethod, HTTPStatus

from django.http import HttpRequest, HttpResponse

from rest import request_ids, tracing
from rest.authentication import known
from rest.request_ids import API_PREFIX

_METHODS = frozenset(HTTPMethod)


class RequestSpanMiddleware:
    """Within the one that gives the request its id. The caller's trace is continued when it sends a `traceparent`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not tracing.on() or not request.path_info.startswith(API_PREFIX):
            return self._get_response(request)
        method = request.method if request.method in _METHODS else "_OTHER"
        attributes = {"http.request.method": str(method), "request.id": request_ids.current() or ""}
        with tracing.span("server", str(method), attributes, request.headers.get("traceparent")) as span:
            response = self._get_response(request)
            if span is not None:
                _note(span, request, response, str(method))
        return response


def _note(span: tracing.Span, request: HttpRequest, response: HttpResponse, method: str) -> None:
    span.note({"http.response.status_code": response.status_code})
    if match := request.resolver_match:
        # The route, not the path: of those there are few.
        span.note({"http.route": f"/{match.route}"}, name=f"{method} /{match.route}")
    if principal := known(request):
        span.note({"tenant.id": str(principal.tenant_id)})
    if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        span.fail(str(response.status_code))
