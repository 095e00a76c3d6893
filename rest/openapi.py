"""What the OpenAPI document says of every operation, so that none has to say it again."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from rest import idempotency, problems
from rest.authentication import SAFE_METHODS
from rest.examples import BY_FORMAT, REFERENCE, example_of

Json = dict[str, Any]

IDEMPOTENCY_KEY: Json = {
    "name": idempotency.HEADER,
    "in": "header",
    "required": False,
    "description": (
        "Makes it safe to send this request again: for 24 hours the same key with the same request gets the first "
        f"answer, with the header `{idempotency.REPLAYED_HEADER}: true`, and nothing happens twice. "
        "The key with another request, or while the first one is under way: 409. "
        "Errors 401, 403, 429 and 5xx are not kept. Keys belong to the token; use a fresh UUID for each new request."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    "example": "6a1f0c52-9d0e-4f0c-9b8e-3f1f2a7f5f10",
}
# Type, meaning, example.
HEADERS: dict[str, tuple[str, str, Any]] = {
    "RateLimit-Limit": ("integer", "requests a minute that this token may make", 600),
    "RateLimit-Remaining": ("integer", "how many are left of them", 599),
    "RateLimit-Reset": ("integer", "seconds until the minute is over", 42),
    "Retry-After": ("integer", "seconds to wait before the next try", 42),
    "WWW-Authenticate": ("string", "what is missing", "Bearer"),
    idempotency.REPLAYED_HEADER: ("string", "`true` on an answer that was kept", "true"),
}
EVERYWHERE = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
# An error's headers, what it means, and an example of its detail.
ERRORS: dict[int, tuple[tuple[str, ...], str, str]] = {
    400: ((), "The request cannot be read.", "The request body is not valid JSON."),
    401: (
        ("WWW-Authenticate",),
        "No token, or one that is not valid.",
        "Send a valid token: Authorization: Bearer TOKEN, or sign in.",
    ),
    403: (
        ("WWW-Authenticate",),
        "The token lacks the scope that this operation needs.",
        "this token lacks the scope 'write'; it has read",
    ),
    404: ((), "There is no such thing, or it is another tenant's.", "no such subscription"),
    409: (
        (),
        "The state of the thing, or of the idempotency key, does not allow this.",
        "only a waiting delivery can be cancelled; this one is DELIVERED",
    ),
    412: (
        (),
        "`If-Match` names another state than the present one.",
        'it was changed meanwhile: its ETag is "9f86d081884c7d65"; get it again and apply the change to that',
    ),
    413: ((), "The body is too large.", "The request body is larger than 1048576 bytes."),
    422: ((), "A field or parameter is wrong or unknown; `errors` names each.", "limit: Input should be at most 200"),
    429: (
        ("Retry-After",),
        "The token made too many requests.",
        "this token may make 600 requests a minute; try again in 42 s",
    ),
    503: (
        ("Retry-After",),
        "The database is away.",
        "The database does not answer right now; try again in a few seconds.",
    ),
}
ALWAYS = (400, 429, 503)


def complete(schema: Json) -> None:
    """Add to the document what all operations have in common."""
    components = schema["components"]
    components["parameters"] = {"IdempotencyKey": IDEMPOTENCY_KEY}
    components["headers"] = {
        name: {"description": text, "schema": {"type": kind}, "example": value}
        for name, (kind, text, value) in HEADERS.items()
    }
    for method, operation in operations(schema):
        operation.setdefault("description", f"{operation['summary']}.")
        _secure(method, operation)
        for parameter in operation["parameters"]:
            _describe_parameter(parameter)
        if "requestBody" in operation:
            _describe_request(operation["requestBody"], components["schemas"])
        if method == "post":
            operation["parameters"].append({"$ref": "#/components/parameters/IdempotencyKey"})
        _add_errors(method, operation)
        for status, response in operation["responses"].items():
            _describe_response(int(status), response, components["schemas"])
        if method == "post":
            _link_headers(operation["responses"], idempotency.REPLAYED_HEADER)


def operations(schema: Json) -> Iterator[tuple[str, Json]]:
    """Every operation with its method in lower case."""
    for path in schema["paths"].values():
        yield from path.items()


def _secure(method: str, operation: Json) -> None:
    scope = "read" if method.upper() in SAFE_METHODS else "write"
    for scheme in operation["security"]:
        for name in scheme:
            scheme[name] = [scope] if name == "TokenAuth" else []


def _describe_parameter(parameter: Json) -> None:
    # Lists belong into the schema; here OpenAPI has one example.
    if examples := parameter.pop("examples", None):
        parameter["example"] = examples[0]
    if parameter["in"] == "path":
        parameter.setdefault("description", f"id of the {parameter['name'].removesuffix('_id').replace('_', ' ')}")
        parameter.setdefault("example", BY_FORMAT["uuid"])


def _describe_request(body: Json, schemas: Json) -> None:
    for content in body["content"].values():
        body.setdefault("description", _docstring(content["schema"], schemas) or "JSON")
        content.setdefault("example", example_of(content["schema"], schemas, sparse=True))


def _add_errors(method: str, operation: Json) -> None:
    statuses = {*ALWAYS, *({409} if method == "post" else ()), *({413} if "requestBody" in operation else ())}
    for status in sorted(statuses - {int(status) for status in operation["responses"]}):
        content = {"schema": {"$ref": f"{REFERENCE}ProblemDocument"}}
        operation["responses"][status] = {"content": {"application/json": content}}
    operation["responses"] = dict(sorted(operation["responses"].items()))


def _describe_response(status: int, response: Json, schemas: Json) -> None:
    headers: tuple[str, ...] = EVERYWHERE
    if status >= HTTPStatus.BAD_REQUEST:
        own, response["description"], detail = ERRORS[status]
        headers = own if status == HTTPStatus.UNAUTHORIZED else (*own, *headers)
        content = response["content"].pop("application/json")
        content["example"] = _problem(status, detail)
        response["content"] = {problems.CONTENT_TYPE: content}
    for content in response.get("content", {}).values():
        if status < HTTPStatus.BAD_REQUEST:
            response["description"] = _docstring(content["schema"], schemas) or response["description"]
        content.setdefault("example", example_of(content["schema"], schemas))
    _link_headers({status: response}, *headers)


def _link_headers(responses: dict[Any, Json], *names: str) -> None:
    for response in responses.values():
        links = response.setdefault("headers", {})
        links.update({name: {"$ref": f"#/components/headers/{name}"} for name in names})


def _problem(status: int, detail: str) -> Json:
    problem: Json = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        field, _, message = detail.partition(": ")
        problem["errors"] = {field: [message]}
    return problem


def _docstring(schema: Json, schemas: Json) -> str:
    """What a schema says of itself, whether it is named or may also be null."""
    for option in [schema, *schema.get("anyOf", ())]:
        named = schemas.get(option.get("$ref", "").removeprefix(REFERENCE), option)
        if named.get("description"):
            return str(named["description"])
    return ""
