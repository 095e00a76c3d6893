"""Each operation sees the rows of its caller's tenant, and on PostgreSQL no others whatever its queries say."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI

from rest.authentication import admitted
from tenancy.row_security import of_tenant

Run = Callable[..., HttpResponse]


def of_callers_tenant(api: NinjaAPI) -> Callable[[Run], Run]:
    """A decorator for all operations of the API, their answers' making included."""

    def decorate(run: Run) -> Run:
        @wraps(run)
        def within(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                with of_tenant(admitted(request).tenant_id):
                    return run(request, *args, **kwargs)
            except Exception as exc:
                response: HttpResponse = api.on_exception(request, exc)
                return response

        return within

    return decorate
