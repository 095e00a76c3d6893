"""Request bodies as JSON, strictly: no NaN, and no deeper than any request needs to be."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from django.http import HttpRequest
from ninja.parser import Parser

MAX_DEPTH = 20


class TooDeepError(ValueError):
    """The document is nested deeper than MAX_DEPTH: what walks through it could run out of stack."""

    def __init__(self) -> None:
        super().__init__(f"The JSON of the request body is nested deeper than {MAX_DEPTH} levels.")


class StrictParser(Parser):
    """Raises ValueError for what RFC 8259 does not allow, and TooDeepError."""

    def parse_body(self, request: HttpRequest) -> Any:
        try:
            document = json.loads(request.body, parse_constant=_refuse)
        except RecursionError:
            raise TooDeepError from None
        level = [document]
        for _ in range(MAX_DEPTH + 1):
            level = [child for value in level for child in _children(value)]
            if not level:
                return document
        raise TooDeepError


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")
