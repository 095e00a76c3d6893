"""Bearer tokens: 256 random bits behind a recognisable prefix, of which only a SHA-256 is stored.

A plain hash is enough because a token is random and long: there is nothing to guess that a slow hash would protect.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import NamedTuple

from tenancy.models import ApiToken, Tenant

PREFIX = "gq_"
SCOPES = ("read", "write", "admin")


class IssuedToken(NamedTuple):
    """`secret` is shown once and cannot be read again."""

    secret: str
    prefix: str


def digest(secret: str) -> str:
    """Hex SHA-256, as stored in `ApiToken.digest`."""
    return hashlib.sha256(secret.encode()).hexdigest()


def issue(tenant: Tenant, scopes: list[str]) -> IssuedToken:
    """Make a token for `tenant`. Raises ValueError for an unknown or empty list of scopes."""
    if not scopes or (unknown := set(scopes) - set(SCOPES)):
        raise ValueError(
            f"scopes are a comma-separated list of {', '.join(SCOPES)}"
            + (f", not {', '.join(sorted(unknown))}" if scopes else "")
        )
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        tenant=tenant, prefix=secret[:10], digest=digest(secret), scopes=[scope for scope in SCOPES if scope in scopes]
    )
    return IssuedToken(secret, token.prefix)


def find(secret: str) -> ApiToken | None:
    """The token with its tenant, or None. The look-up is by hash, so timing tells nothing about stored tokens."""
    if not secret.startswith(PREFIX) or len(secret) > 100:
        return None
    return ApiToken.objects.select_related("tenant").filter(digest=digest(secret)).first()
