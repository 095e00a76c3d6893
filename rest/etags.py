"""Entity tags (RFC 9110): a change that names what it was made from does not undo another one unseen."""

from __future__ import annotations

import hashlib
import re
from http import HTTPStatus
from typing import Any

import orjson

from rest.problems import Problem

_TAG = re.compile(r'"[^"]*"')


def etag(representation: dict[str, Any]) -> str:
    """The strong tag of what a GET shows."""
    return f'"{hashlib.sha256(orjson.dumps(representation)).hexdigest()[:32]}"'


def check(if_match: str | None, current: str) -> None:
    """Raise a 412 problem unless the header `If-Match` is absent, `*`, or names the current tag."""
    # Our tags hold no comma.
    tags = [tag.strip() for tag in ("*" if if_match is None else if_match).split(",")]
    if "*" in tags or current in tags:
        return
    if not all(_TAG.fullmatch(tag) for tag in tags):
        detail = f"send the ETag as it came, quotes included ({current} now); a weak one never matches"
    else:
        detail = f"it was changed meanwhile: its ETag is {current}; get it again and apply the change to that"
    raise Problem(HTTPStatus.PRECONDITION_FAILED, detail, headers={"ETag": current})
