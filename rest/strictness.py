"""What an operation does not know is refused and not ignored: a caller who sends it means something by it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from inspect import signature
from typing import Any

import orjson
from django.http import HttpRequest

from rest.authentication import SAFE_METHODS
from rest.problems import FieldErrors, Problem

# Of every operation; who it means something to is decided with the caller.
EVERYWHERE = {"tenant"}


def strict(view: Callable[..., Any]) -> Callable[..., Any]:
    """Decorates an operation. By convention a body is the parameter `body`, and a list's filters are `query`, which
    has its own check (`rest.schemas.known_query`)."""
    known = set(signature(view).parameters)

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        # Of two only one would count.
        wrong: FieldErrors = {name: ["given more than once"] for name, values in request.GET.lists() if len(values) > 1}
        if "query" not in known:
            wrong |= {name: ["unknown parameter"] for name in set(request.GET) - known - EVERYWHERE}
        if "body" not in known and request.method not in SAFE_METHODS:
            wrong |= {name: ["unknown field: this operation takes no body"] for name in _fields(request.body)}
        if wrong:
            first = min(wrong)
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"{first}: {wrong[first][0]}", wrong)
        return view(request, *args, **kwargs)

    return checked


def _fields(body: bytes) -> list[str]:
    """What a body says that nobody asked for; an empty one, `{}` and `null` say nothing."""
    if not body.strip():
        return []
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Problem(HTTPStatus.BAD_REQUEST, "The request body is not valid JSON.") from None
    if isinstance(document, dict | None):
        return list(document or ())
    return ["body"]
