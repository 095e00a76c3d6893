"""What the OpenAPI document says of every operation, so that none has to say it again."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from rest import idempotency, problems

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


def complete(schema: Json) -> None:
    """Add to the document what all operations have in common."""
    components = schema["components"]
    components["parameters"] = {"IdempotencyKey": IDEMPOTENCY_KEY}
    for method, operation in operations(schema):
        if method == "post":
            operation["parameters"].append({"$ref": "#/components/parameters/IdempotencyKey"})
            operation["responses"].setdefault(HTTPStatus.CONFLICT, _response(HTTPStatus.CONFLICT))
        operation["responses"].setdefault(HTTPStatus.TOO_MANY_REQUESTS, _response(HTTPStatus.TOO_MANY_REQUESTS))
        for status, response in operation["responses"].items():
            if status >= HTTPStatus.BAD_REQUEST:
                response["content"] = {problems.CONTENT_TYPE: response["content"]["application/json"]}


def operations(schema: Json) -> Iterator[tuple[str, Json]]:
    """Every operation with its method in lower case."""
    for path in schema["paths"].values():
        yield from path.items()


def _response(status: HTTPStatus) -> Json:
    content = {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}
    return {"description": status.phrase, "content": {"application/json": content}}
