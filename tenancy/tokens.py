"""Bearer tokens: 256 random bits behind a recognisable prefix, of which only a SHA-256 is stored.

A plain hash is enough because a token is random and long: there is nothing to guess that a slow hash would protect.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db.models import Q

from tenancy.models import ApiToken, Tenant
from tenancy.row_security import of_all_tenants, of_tenant

PREFIX = "gq_"
SCOPES = ("read", "write", "admin")
# The time of last use is to show what nobody needs any more; it need not cost a write with each request.
USE_NOTED_EVERY = timedelta(minutes=1)


class IssuedToken(NamedTuple):
    """`secret` is shown once and cannot be read again."""

    secret: str
    prefix: str


def digest(secret: str) -> str:
    """Hex SHA-256, as stored in `ApiToken.digest`."""
    return hashlib.sha256(secret.encode()).hexdigest()


def issue(tenant: Tenant, scopes: list[str], lifetime: timedelta | None = None) -> IssuedToken:
    """Make a token for `tenant`; without a `lifetime` it does not expire.

    Raises ValueError for an unknown or empty list of scopes.
    """
    if not scopes or (unknown := set(scopes) - set(SCOPES)):
        raise ValueError(
            f"scopes are a comma-separated list of {', '.join(SCOPES)}"
            + (f", not {', '.join(sorted(unknown))}" if scopes else "")
        )
    secret = PREFIX + secrets.token_urlsafe(32)
    with of_tenant(tenant.id):
        token = ApiToken.objects.create(
            tenant=tenant,
            prefix=secret[:10],
            digest=digest(secret),
            scopes=[scope for scope in SCOPES if scope in scopes],
            expires_at=None if lifetime is None else datetime.now(UTC) + lifetime,
        )
    return IssuedToken(secret, token.prefix)


def find(secret: str) -> ApiToken | None:
    """The token with its tenant, or None when it is unknown, expired or revoked.

    The look-up is by hash, so timing tells nothing about stored tokens. Nothing is remembered: a revocation holds for
    the next request.
    """
    if not secret.startswith(PREFIX) or len(secret) > 100:
        return None
    now = datetime.now(UTC)
    with of_all_tenants():  # whose it is, is what is asked
        usable = ApiToken.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None)
        token = usable.select_related("tenant").filter(digest=digest(secret)).first()
        if token and (token.last_used_at is None or now - token.last_used_at > USE_NOTED_EVERY):
            ApiToken.objects.filter(id=token.id).update(last_used_at=now)
    return token


def of(tenant: Tenant) -> list[ApiToken]:
    """All tokens of a tenant, the newest first."""
    with of_tenant(tenant.id):
        return list(ApiToken.objects.filter(tenant=tenant).order_by("-id"))


def revoke(tenant: Tenant, prefix: str) -> int:
    """End the tenant's tokens that begin like this; returns how many were still good."""
    now = datetime.now(UTC)
    with of_tenant(tenant.id):
        return ApiToken.objects.filter(tenant=tenant, prefix=prefix, revoked_at=None).update(revoked_at=now)
