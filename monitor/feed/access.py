"""Who may open a feed's socket: a program by its bearer token, a person by their session, on the page's own origin."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.contrib.auth import get_user
from django.db import close_old_connections
from django.http import HttpRequest
from django.http.cookie import parse_cookie
from django.http.request import split_domain_port, validate_host

from monitor.same_person import person_id
from tenancy.principal import Principal, principal_of_token, principal_of_user

# Channels' own way runs all sockets' database work in one thread without a deadline.
THREADS = 4
DEADLINE_SECONDS = 5.0
_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="feed-access")
_DEFAULT_PORTS = {"http": "80", "https": "443"}


class AccessUnavailableError(Exception):
    """The database did not say in time who this is."""


class Credentials(NamedTuple):
    """What a request shows. `tenant` is the slug that staff choose, `user` whom a page was made for."""

    token: str | None
    session_key: str | None
    tenant: str | None
    user: str | None = None


def credentials_of(scope: dict[str, Any]) -> Credentials:
    """The credentials in an ASGI scope. A token goes before a cookie."""
    scheme, _, token = _header(scope, b"authorization").partition(" ")
    cookies = parse_cookie(_header(scope, b"cookie"))
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    return Credentials(
        token=token.strip() if scheme.lower() == "bearer" else None,
        session_key=cookies.get(settings.SESSION_COOKIE_NAME),
        tenant=query.get("tenant", [None])[-1],
        user=query.get("user", [None])[-1],
    )


def origin_allowed(scope: dict[str, Any], credentials: Credentials) -> bool:
    """Whether the request may be answered at all.

    A browser sends the session cookie with requests of foreign pages too, but always with their Origin. Programs send
    none, and show a token.
    """
    if origin := _header(scope, b"origin"):
        # Behind a proxy that ends TLS, a page that came without it is another origin.
        secure = _header(scope, b"x-forwarded-proto").lower() == "https"
        return _same_origin(origin, _header(scope, b"host")) and not (secure and origin.lower().startswith("http:"))
    return credentials.token is not None or credentials.session_key is None


def _same_origin(origin: str, host: str) -> bool:
    if not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
        return False
    try:
        parts = urlsplit(origin.lower())
    except ValueError:
        return False
    default = ":" + _DEFAULT_PORTS.get(parts.scheme, "?")
    return bool(parts.netloc) and parts.netloc.removesuffix(default) == host.lower().removesuffix(default)


async def principal_of(credentials: Credentials) -> Principal | None:
    """The caller, or None when they may not watch. Raises AccessUnavailableError."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            return await loop.run_in_executor(_threads, _look_up, credentials)
    except Exception as exc:  # whatever the database's client raises
        raise AccessUnavailableError(repr(exc)) from exc


def _look_up(credentials: Credentials) -> Principal | None:
    try:
        if credentials.token is not None:
            principal = principal_of_token(credentials.token)
        elif credentials.session_key:
            user = _user(credentials.session_key)
            same = credentials.user in (None, person_id(user))
            principal = principal_of_user(user, credentials.tenant) if same else None
        else:
            principal = None
    finally:
        close_old_connections()
    if principal is None or not principal.may("read"):
        return None
    return principal if credentials.tenant in (None, "", principal.tenant_slug) else None


def _user(session_key: str) -> Any:
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    return get_user(request)


def _header(scope: dict[str, Any], name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope.get("headers", []) if key.lower() == name), "")
