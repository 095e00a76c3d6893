"""Who calls the API: a program by bearer token, or a page by its session with CSRF token."""

from __future__ import annotations

from http import HTTPStatus
from typing import cast

from django.conf import settings
from django.http import HttpRequest
from ninja.errors import AuthenticationError
from ninja.security import APIKeyCookie, HttpBearer

from rest import rate_limit
from rest.problems import Problem, not_found
from tenancy.principal import Principal, principal_of_token, principal_of_user

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


class TokenAuth(HttpBearer):
    """`Authorization: Bearer TOKEN`, as made by `manage.py create_token`."""

    openapi_description = (
        "A token of one tenant, as `Authorization: Bearer gq_…`; whoever runs the system makes it. "
        "Its scopes: `read` allows GET, `write` everything else, `admin` both."
    )

    def authenticate(self, request: HttpRequest, token: str) -> Principal:
        if principal := known(request):
            return principal
        principal = principal_of_token(token.strip())
        if principal is None:
            # Not None: a wrong token must not fall through to a session that happens to be there.
            raise AuthenticationError
        rate_limit.take(request, principal.token_id)
        if request.GET.get("tenant", "") not in ("", principal.tenant_slug):
            raise not_found("tenant")
        return within_scope(request, principal)


class SessionAuth(APIKeyCookie):
    """The session cookie of the monitor's pages; changes need the CSRF token, staff choose with `?tenant=slug`."""

    param_name = settings.SESSION_COOKIE_NAME
    openapi_description = (
        "The session of somebody signed in to the monitor. Anything but GET also needs the header `X-CSRFToken`; "
        "staff choose a tenant with `?tenant=slug`."
    )

    def _get_key(self, request: HttpRequest) -> str | None:
        # Nobody signed in: that is 401. Looking for the CSRF token first would make it 403.
        return super()._get_key(request) if request.user.is_authenticated else None

    def authenticate(self, request: HttpRequest, key: str | None) -> Principal | None:
        if principal := known(request):
            return principal
        principal = principal_of_user(request.user, request.GET.get("tenant"))
        if principal is None and request.user.is_authenticated:
            # Not 401: signing in again would not help.
            raise not_found("tenant")
        return principal and within_scope(request, principal)


def within_scope(request: HttpRequest, principal: Principal) -> Principal:
    """The principal, or a 403 when its scopes do not cover the method: `read` for reading, `write` for the rest."""
    needed = "read" if request.method in SAFE_METHODS else "write"
    if not principal.may(needed):
        has = ", ".join(sorted(principal.scopes))
        # As in RFC 6750, for clients that read headers rather than sentences.
        challenge = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{needed}"'}
        holder = "this token" if principal.token_id else "your role in this tenant"
        detail = f"{holder} lacks the scope {needed!r}; it has {has}"
        raise Problem(HTTPStatus.FORBIDDEN, detail, headers=challenge)
    request._admitted = principal  # type: ignore[attr-defined]
    return principal


def known(request: HttpRequest) -> Principal | None:
    """Whom an earlier run of the checks let in; there are two where something comes before the operation's own."""
    return getattr(request, "_admitted", None)


CHECKS = [TokenAuth(), SessionAuth()]


def admitted(request: HttpRequest) -> Principal:
    """The caller, after the checks that every operation makes. Raises what they raise: AuthenticationError, Problem."""
    for check in CHECKS:
        if principal := check(request):
            return cast("Principal", principal)
    raise AuthenticationError


def caller(request: HttpRequest) -> Principal:
    """The principal of an authenticated request."""
    return cast("Principal", request.auth)  # type: ignore[attr-defined]
