"""Errors of the API as `application/problem+json` (RFC 9457): `type title status detail`, and `errors` by field."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from django.core.exceptions import BadRequest, ObjectDoesNotExist, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, RawPostDataException, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from rest import request_ids
from rest.parsing import RefusedJsonError
from rest.request_ids import API_PREFIX

logger = structlog.get_logger(__name__)

CONTENT_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5
FieldErrors = dict[str, list[str]]
MAX_ERRORS = 20
MAX_TEXT = 600

_DETAILS = {
    HTTPStatus.BAD_REQUEST: "The request cannot be read; send JSON to a host name of this service.",
    HTTPStatus.NOT_FOUND: "There is nothing at this address, or it is not yours to see.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not support that method; see the Allow header.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The request body is too large.",
    HTTPStatus.FORBIDDEN: "This request is not allowed.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The database does not answer right now; try again in a few seconds.",
    HTTPStatus.INTERNAL_SERVER_ERROR: (
        "Something went wrong here; trying again may help. It was logged as request {request_id}: "
        "quote that to whoever runs this system."
    ),
}
# What Ninja raises before an operation is reached.
_HTTP_ERRORS: dict[int, str] = {
    HTTPStatus.BAD_REQUEST: "The request body is not valid JSON.",
    HTTPStatus.FORBIDDEN: "The CSRF check failed; send the cookie csrftoken's value in the header X-CSRFToken.",
}
# What Django raises, and what it means to the caller.
_STATUSES: dict[type[Exception], HTTPStatus] = {
    Http404: HTTPStatus.NOT_FOUND,
    # Somebody deleted it between two statements of this request.
    ObjectDoesNotExist: HTTPStatus.NOT_FOUND,
    RequestDataTooBig: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    # More than a thousand query parameters.
    SuspiciousOperation: HTTPStatus.BAD_REQUEST,
    # A form where JSON belongs: looking for the CSRF token of a session reads the body as one.
    MultiPartParserError: HTTPStatus.BAD_REQUEST,
    RawPostDataException: HTTPStatus.BAD_REQUEST,
    BadRequest: HTTPStatus.BAD_REQUEST,
    UnreadablePostError: HTTPStatus.BAD_REQUEST,
    OperationalError: HTTPStatus.SERVICE_UNAVAILABLE,
    InterfaceError: HTTPStatus.SERVICE_UNAVAILABLE,
}


class Problem(Exception):
    """Raised anywhere in an operation to answer with a problem document."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        errors: FieldErrors | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}


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
    detail = _cut(detail)
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        document["errors"] = _bounded(errors)
    response = HttpResponse(orjson.dumps(document), status=status, content_type=CONTENT_TYPE)
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = "Bearer"
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def _detail(status: HTTPStatus) -> str:
    detail = _DETAILS.get(status, status.description or status.phrase)
    return detail.format(request_id=request_ids.current())


def _cut(text: str) -> str:
    """A message may quote what was sent, which may be long."""
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "…"


def _bounded(errors: FieldErrors) -> FieldErrors:
    """The first errors: an answer is not to be larger than the request, whatever is wrong with that."""
    shown = {_cut(name): [_cut(message) for message in errors[name]] for name in list(errors)[:MAX_ERRORS]}
    if len(errors) > MAX_ERRORS:
        shown["…"] = [f"{len(errors) - MAX_ERRORS} more fields are wrong"]
    return shown


def install(api: NinjaAPI) -> None:
    """Have the API answer every error as a problem."""

    @api.exception_handler(Problem)
    def on_problem(request: HttpRequest, exc: Problem) -> HttpResponse:
        response = render(exc.status, exc.detail, exc.errors)
        for name, value in exc.headers.items():
            response[name] = value
        return response

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
        if isinstance(exc.__cause__, RefusedJsonError):
            return render(exc.status_code, str(exc.__cause__))
        return render(exc.status_code, _HTTP_ERRORS.get(exc.status_code, exc.message))

    for kind, status in _STATUSES.items():
        api.add_exception_handler(kind, partial(_plain_problem, status=status))

    @api.exception_handler(Exception)
    def on_error(request: HttpRequest, exc: Exception) -> HttpResponse:
        logger.error("request_failed", method=request.method, path=request.path, exc_info=exc)
        return render(HTTPStatus.INTERNAL_SERVER_ERROR, _detail(HTTPStatus.INTERNAL_SERVER_ERROR))


def _plain_problem(request: HttpRequest, exc: Exception, status: HTTPStatus) -> HttpResponse:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.warning("request_refused", method=request.method, path=request.path, status=int(status), error=repr(exc))
    return render(status, _DETAILS[status])


def _field_errors(errors: list[dict[str, Any]]) -> FieldErrors:
    found: FieldErrors = {}
    for error in errors:
        # ("body", "<our argument>", "field", 0, …) or ("query", "field"): only the rest means something to the caller.
        path = error["loc"][2:] if error["loc"][0] == "body" else error["loc"][1:]
        field = ".".join(str(part) for part in path) or "body"
        found.setdefault(field, []).append(_message(error))
    return found


# Where Pydantic's own words say neither what is wrong nor what to do, by the type of its error.
_MESSAGES = {
    "extra_forbidden": "unknown field; see /api/v1/docs for the known ones",
    "missing": "required",
    "model_attributes_type": "send a JSON object",
    "dict_type": "send a JSON object",
    "uuid_type": "not an id",
    "uuid_parsing": "not an id",
    "timezone_aware": "the time needs an offset, e.g. 2026-01-31T12:00:00Z",
    "string_too_long": "at most {max_length} characters",
}


def _message(error: dict[str, Any]) -> str:
    kind, details = error["type"], error.get("ctx", {})
    if kind == "missing" and len(error["loc"]) <= 2 and error["loc"][0] == "body":
        return "send a JSON object as the body"
    if kind == "too_short":  # Pydantic calls the characters of a text items, too
        return "must not be empty" if details["min_length"] == 1 else f"at least {details['min_length']}"
    if kind == "string_too_short":
        return "must not be empty" if details["min_length"] == 1 else f"at least {details['min_length']} characters"
    if kind == "too_long":
        what = "items" if details["field_type"] == "List" else "characters"
        return f"at most {details['max_length']} {what}"
    if kind.startswith("datetime"):
        return "use RFC 3339, e.g. 2026-01-31T12:00:00Z; a + in an address is written %2B"
    if kind in _MESSAGES:
        return _MESSAGES[kind].format(**details)
    return str(error["msg"]).removeprefix("Value error, ")


class ProblemMiddleware:
    """Errors that arise outside the API's operations (unknown path, wrong method) as problems, under /api/ only."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        status = HTTPStatus(response.status_code)
        told = status < HTTPStatus.MULTIPLE_CHOICES or CONTENT_TYPE in response.get("Content-Type", "")
        if told or not f"{request.path}/".startswith(API_PREFIX):
            return response
        if status < HTTPStatus.BAD_REQUEST:
            # Django's redirect from an unknown path to the same with a slash; a client would lose its body there.
            status = HTTPStatus.NOT_FOUND
        problem = render(status, _detail(status))
        if "Allow" in response:
            problem["Allow"] = response["Allow"]
        return problem
