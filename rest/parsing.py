"""Request bodies as JSON, strictly: what two readers could understand differently is refused, and so is what costs a
thousand times its size to refuse later."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, NoReturn

from django.http import HttpRequest
from ninja.parser import Parser

MAX_DEPTH = 20
# An object of a request has a dozen keys at most; each unknown one would become an error of its own.
MAX_KEYS = 100
# 500 lines of an order are 2,500 values.
MAX_VALUES = 10_000
MAX_NUMBER = 100


class RefusedJsonError(ValueError):
    """The document is JSON that is not read; the text says why."""


class StrictParser(Parser):
    """Raises ValueError for what RFC 8259 does not allow, and RefusedJsonError."""

    def parse_body(self, request: HttpRequest) -> Any:
        try:
            document = json.loads(
                request.body.decode("utf-8"),
                parse_constant=_refuse,
                parse_float=_exact,
                object_pairs_hook=_object,
            )
        except RecursionError:
            raise _too_deep() from None
        level, count = [document], 0
        for _ in range(MAX_DEPTH + 1):
            level = [child for value in level for child in _children(value)]
            count += len(level)
            if count > MAX_VALUES:
                raise RefusedJsonError(f"The JSON of the request body has more than {MAX_VALUES} values.")
            if not level:
                return document
        raise _too_deep()


def _too_deep() -> RefusedJsonError:
    return RefusedJsonError(f"The JSON of the request body is nested deeper than {MAX_DEPTH} levels.")


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _exact(text: str) -> float:
    """The number, unless a float would silently be another one: 100.0000000000000001 is not 100."""
    number = float(text)
    if len(text) > MAX_NUMBER or Decimal(text) != Decimal(repr(number)):
        raise RefusedJsonError("A number in the request body has more digits than are read; send it as a string.")
    return number


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MAX_KEYS:
        raise RefusedJsonError(f"An object in the request body has more than {MAX_KEYS} keys.")
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise RefusedJsonError(f"The key {twice[:50]!r} comes twice in an object of the request body.")
    return found
