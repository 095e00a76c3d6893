"""What the OpenAPI document says of every operation, so that none has to say it again."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from rest import idempotency, problems, request_ids
from rest.authentication import SAFE_METHODS
from rest.examples import ANSWER, BY_FORMAT, REFERENCE, TAGGED, example_of

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
    # In the schema: the documentation page would send an `example` of the parameter with every request.
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": 255,
        "pattern": "^[ -~]+$",
        "examples": ["6a1f0c52-9d0e-4f0c-9b8e-3f1f2a7f5f10"],
    },
}
EXAMPLE_TAG = '"9f86d081884c7d659a2feaa0c55ad015"'
# Type, meaning, example.
HEADERS: dict[str, tuple[str, str, Any]] = {
    "RateLimit-Limit": ("integer", "requests a minute that this token may make", 600),
    "RateLimit-Remaining": ("integer", "how many are left of them", 599),
    "RateLimit-Reset": ("integer", "seconds until the minute is over", 42),
    "Retry-After": ("integer", "seconds to wait before the next try", 42),
    "WWW-Authenticate": ("string", "what is missing", "Bearer"),
    "ETag": ("string", "names this state of it, for `If-Match`", EXAMPLE_TAG),
    request_ids.HEADER: (
        "string",
        "names the request in the logs; the one it came with (1 to 64 of `A-Z a-z 0-9 . _ -`), or else a new one",
        "019ab610-4220-7c11-8a53-0d1c2b3a4f5e",
    ),
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
        "this Idempotency-Key came with another request before; use a fresh one for each new request",
    ),
    412: (
        ("ETag",),
        "`If-Match` names another state than the present one.",
        f"it was changed meanwhile: its ETag is {EXAMPLE_TAG}; get it again and apply the change to that",
    ),
    413: ((), "The body is too large.", "The request body is larger than 1048576 bytes."),
    422: (
        (),
        "A field or parameter is wrong or unknown; `errors` names each.",
        "limit: Input should be less than or equal to 200",
    ),
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
# What a 409 says of the things of a tag.
CONFLICTS = {
    "Subscriptions": "this tenant has 100 subscriptions, as many as it may have; delete one first",
    "Deliveries": "only a waiting delivery can be cancelled; this one is DELIVERED",
    "Sales orders": "the sales order is already confirmed",
    "Invoices": "the invoice is draft; only one that is sent can be authorized",
    "Payments": "the payment has already failed",
}
# What a property means wherever it does not say so itself.
MEANINGS = {
    "id": "time-ordered (UUIDv7)",
    "created_at": "when it was made",
    "updated_at": "when it last changed",
    "items": "what the page holds, newest first",
    "url": "where events are sent",
    "event": "event type",
    "events": "event types and families that are sent, e.g. `invoice.*`; `*` is all",
    "event_id": "the event that is delivered; `webhook-id` of the request",
    "subscription_id": "where it is delivered to",
    "attempt_count": "attempts so far",
    "max_attempts": "attempts after which it is FAILED; abandoned ones do not count",
    "next_attempt_at": "when the next attempt is due; null when there is none",
    "last_error": "the outcome of the last attempt and what was wrong; null after a success",
    "http_status": "HTTP status of the answer; null without one",
    "delivered_at": "when it was received; null as long as it was not",
    "number": "in the order in which they were made",
    "started_at": "when it began",
    "outcome": "what it meant: `success`, `timeout`, `http_5xx` …",
    "error": "the outcome and what was wrong; null for a success",
    "request_headers": "as they were sent, signatures included",
    "response_headers": "the receiver's, sensitive ones redacted",
    "response_body": "the first 16 KB of the receiver's answer",
    "attempts": "every attempt, by number",
    "customer_id": "who buys",
    "customer_name": "the customer's name",
    "sales_order_id": "the order it came from",
    "invoice_id": "the invoice it settles; null for one on account",
    "currency": "ISO 4217",
    "total": "sum of the lines' amounts",
    "amount": "two decimals",
    "status": "state",
    "lines": "what is sold",
    "sku": "the article",
    "description": "free text",
    "quantity": "how many of it",
    "unit_price": "price of one",
    "reason": "why",
    "failure_reason": "why it failed; empty as long as it has not",
    "method": "how it was paid",
    "reference": "the payer's reference",
    "name": "name",
    "email": "e-mail address",
    "tax_id": "tax number; may be empty",
    "active": "an inactive one gets no new deliveries, and what waits is held",
    "disabled_reason": "why it is inactive; null when a person disabled it",
    "secret": "signs the requests",
    "retry_schedule": "a name, or seconds to wait before each retry",
    "ordering": "`entity`: events of one entity in order, one at a time; null: each as soon as it can be",
    "rate_limit": "attempts a second at most; null: no limit",
    "timeout": "seconds for one request in all",
    "type": "event type",
    "entity_id": "id of the thing the event is about",
    "occurred_at": "when it happened",
    "confirmed_at": "when it was confirmed",
    "cancelled_at": "when it was cancelled",
    "sent_at": "when it was sent",
    "authorized_at": "when it was authorized",
    "rejected_at": "when it was rejected",
    "title": "the status in words",
    "detail": "what is wrong and what to do",
    "errors": "what is wrong with each field, by its dotted path; only of a 422",
    "schema": "JSON Schema of `data`",
    "example": "a payload",
}


def complete(schema: Json) -> None:
    """Add to the document what all operations have in common."""
    components = schema["components"]
    components["parameters"] = {"IdempotencyKey": IDEMPOTENCY_KEY}
    components["headers"] = {
        name: {"description": text, "schema": {"type": kind}, "example": value}
        for name, (kind, text, value) in HEADERS.items()
    }
    for named in components["schemas"].values():
        for name, field in named.get("properties", {}).items():
            if name in MEANINGS and "description" not in field:
                field["description"] = MEANINGS[name]
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
        answer = operation.pop(ANSWER, {})
        for status, response in operation["responses"].items():
            _describe_response(int(status), response, components["schemas"], operation["tags"][0])
            if status < HTTPStatus.BAD_REQUEST:
                for content in response.get("content", {}).values():
                    content["example"] = {**content["example"], **answer}
        if method == "post":
            _link_headers(operation["responses"], idempotency.REPLAYED_HEADER)
            _link_headers({409: operation["responses"][409]}, "Retry-After")
        if operation.pop(TAGGED, False):
            _link_headers({s: r for s, r in operation["responses"].items() if s < HTTPStatus.BAD_REQUEST}, "ETag")


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
    parameter.pop("examples", None)
    if parameter["in"] == "path":
        parameter.setdefault("description", f"id of the {parameter['name'].removesuffix('_id').replace('_', ' ')}")
        parameter.setdefault("example", BY_FORMAT["uuid"])


def _describe_request(body: Json, schemas: Json) -> None:
    for content in body["content"].values():
        body.setdefault("description", _docstring(content["schema"], schemas) or "JSON")
        content.setdefault("example", example_of(content["schema"], schemas, sparse=True))


def _add_errors(method: str, operation: Json) -> None:
    statuses = {*ALWAYS, *({409} if method == "post" else ()), *({413} if method.upper() not in SAFE_METHODS else ())}
    for status in sorted(statuses - {int(status) for status in operation["responses"]}):
        content = {"schema": {"$ref": f"{REFERENCE}ProblemDocument"}}
        operation["responses"][status] = {"content": {"application/json": content}}
    operation["responses"] = dict(sorted(operation["responses"].items()))


def _describe_response(status: int, response: Json, schemas: Json, tag: str) -> None:
    headers: tuple[str, ...] = EVERYWHERE
    if status >= HTTPStatus.BAD_REQUEST:
        own, response["description"], detail = ERRORS[status]
        if status == HTTPStatus.CONFLICT:
            detail = CONFLICTS.get(tag, detail)
        headers = own if status == HTTPStatus.UNAUTHORIZED else (*own, *headers)
        content = response["content"].pop("application/json")
        content["example"] = _problem(status, detail)
        response["content"] = {problems.CONTENT_TYPE: content}
    for content in response.get("content", {}).values():
        if status < HTTPStatus.BAD_REQUEST:
            response["description"] = _docstring(content["schema"], schemas) or response["description"]
        content.setdefault("example", example_of(content["schema"], schemas))
    _link_headers({status: response}, *headers, request_ids.HEADER)


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
