"""A page says for whom it was made, and does nothing for somebody else.

A browser has one session for all its tabs: when another person signs in in one of them, the others would go on in that
person's name. So every call of a page names who was signed in when it was loaded; for anybody else it is a 401. The
feed's socket does the same with `?user=`, see `monitor.feed.access`.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from rest.problems import render

HEADER = "X-Signed-In-As"


def person_id(user: Any) -> str:
    """What a page is told, and says again; empty for nobody."""
    return str(user.pk or "")


class SamePersonMiddleware:
    """Looks only at requests that name somebody: programs need not."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        named = request.headers.get(HEADER)
        if named is not None and named != person_id(request.user):
            return render(HTTPStatus.UNAUTHORIZED, "somebody else is signed in by now, or nobody; reload the page")
        return self._answer(request)
