"""Errors of the API as `application/problem+json` (RFC 9457): `type title status detail`, and `errors` by field."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

logger = structlog.get_logger(__name__)

CONTENT_TYPE = "application/problem+json"
API_PREFIX = "/api/"
FieldErrors = dict[str, list[str]]

_DETAILS = {
    HTTPStatus.NOT_FOUND: "There is nothing at this address, or it is not yours to see.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not support that method; see the Allow header.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The request body is too large.",
    HTTPStatus.FORBIDDEN: "This request is not allowed.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong here. It was logged; trying again may help.",
}


class Problem(Exception):
    """Raised anywhere in an operation to answer with a problem document."""

    def __init__(self, status: HTTPStatus, detail: str, errors: FieldErrors | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors


def not_found(kind: str) -> Problem:
    """404, the same for unknown, malformed and foreign ids."""
    return Problem(HTTPStatus.NOT_FOUND, f"no such {kind}")


def invalid(field: str, *messages: str) -> Problem:
    """422 about one field; `field` is a dotted path."""
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"{field}: {messages[0]}", {field: list(messages)})


def conflict(detail: str) -> Problem:
    """409: the thing's state does not allow this."""
    return Problem(HTTPStatus.CONFLICT, detail)


def render(status: int, detail: str, errors: FieldErrors | None = None) -> HttpResponse:
    """The response of a problem."""
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        document["errors"] = errors
    response = HttpResponse(orjson.dumps(document), status=status, content_type=CONTENT_TYPE)
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = "Bearer"
    return response


def install(api: NinjaAPI) -> None:
    """Have the API answer every error as a problem."""

    @api.exception_handler(Problem)
    def on_problem(request: HttpRequest, exc: Problem) -> HttpResponse:
        return render(exc.status, exc.detail, exc.errors)

    @api.exception_handler(ValidationError)
    def on_validation_error(request: HttpRequest, exc: ValidationError) -> HttpResponse:
        if any(error["loc"][0] == "path" for error in exc.errors):
            return render(HTTPStatus.NOT_FOUND, _DETAILS[HTTPStatus.NOT_FOUND])
        errors = _field_errors(exc.errors)
        field, messages = next(iter(errors.items()))
        return render(HTTPStatus.UNPROCESSABLE_ENTITY, f"{field}: {messages[0]}", errors)

    @api.exception_handler(AuthenticationError)
    def on_authentication_error(request: HttpRequest, exc: AuthenticationError) -> HttpResponse:
        return render(HTTPStatus.UNAUTHORIZED, "Send a valid token: Authorization: Bearer TOKEN, or sign in.")

    @api.exception_handler(HttpError)
    def on_http_error(request: HttpRequest, exc: HttpError) -> HttpResponse:
        malformed = exc.status_code == HTTPStatus.BAD_REQUEST
        return render(exc.status_code, "The request body is not valid JSON." if malformed else exc.message)

    @api.exception_handler(Http404)
    def on_not_found(request: HttpRequest, exc: Http404) -> HttpResponse:
        return render(HTTPStatus.NOT_FOUND, _DETAILS[HTTPStatus.NOT_FOUND])

    @api.exception_handler(Exception)
    def on_error(request: HttpRequest, exc: Exception) -> HttpResponse:
        logger.error("request_failed", method=request.method, path=request.path, exc_info=exc)
        return render(HTTPStatus.INTERNAL_SERVER_ERROR, _DETAILS[HTTPStatus.INTERNAL_SERVER_ERROR])


def _field_errors(errors: list[dict[str, Any]]) -> FieldErrors:
    found: FieldErrors = {}
    for error in errors:
        # ("body", "<our argument>", "field", 0, …) or ("query", "field"): only the rest means something to the caller.
        path = error["loc"][2:] if error["loc"][0] == "body" else error["loc"][1:]
        field = ".".join(str(part) for part in path) or "body"
        found.setdefault(field, []).append(_message(error))
    return found


def _message(error: dict[str, Any]) -> str:
    if error["type"] == "extra_forbidden":
        return "unknown field; see /api/v1/docs for the known ones"
    return str(error["msg"]).removeprefix("Value error, ")


class ProblemMiddleware:
    """Errors that arise outside the API's operations (unknown path, wrong method) as problems, under /api/ only."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        plain = response.status_code >= HTTPStatus.BAD_REQUEST and CONTENT_TYPE not in response.get("Content-Type", "")
        if not (plain and request.path.startswith(API_PREFIX)):
            return response
        status = HTTPStatus(response.status_code)
        problem = render(status, _DETAILS.get(status, status.description or status.phrase))
        if "Allow" in response:
            problem["Allow"] = response["Allow"]
        return problem
