"""Who makes a request, for which tenant, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tenancy.models import Membership, Role, Tenant
from tenancy.row_security import of_all_tenants, of_tenant


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller, bound to one tenant. `token_id` is None for a person with a session.

    `is_staff`: a person who runs the installation and sees all tenants; a token never is.
    """

    tenant_id: UUID
    tenant_slug: str
    scopes: frozenset[str]
    token_id: UUID | None = None
    user_id: int | None = None
    is_staff: bool = False

    def may(self, scope: str) -> bool:
        """Whether the scopes cover this one; `admin` covers all."""
        return scope in self.scopes or "admin" in self.scopes


# A person's scopes by their role; staff have an admin's everywhere.
SCOPES_OF: dict[str, frozenset[str]] = {
    Role.VIEWER: frozenset({"read"}),
    Role.OPERATOR: frozenset({"read", "write"}),
    Role.ADMIN: frozenset({"read", "write", "admin"}),
}


def tenants_of(user: Any) -> list[Tenant]:
    """The tenants a signed-in person may see, by name: all of them for staff, those with a membership otherwise."""
    tenants = Tenant.objects.order_by("name")
    with of_all_tenants():  # memberships are rows of the tenants
        return list(tenants if user.is_staff else tenants.filter(memberships__user=user))


def choose_tenant(user: Any, slug: str | None) -> Tenant | None:
    """The tenant `slug` if the person may see it, their first one without a slug, None when there is none."""
    tenants = tenants_of(user)
    if slug:
        tenants = [tenant for tenant in tenants if tenant.slug == slug]
    return tenants[0] if tenants else None


def principal_of_user(user: Any, slug: str | None) -> Principal | None:
    """The session's principal for the chosen tenant, or None when the person has no access to it."""
    tenant = choose_tenant(user, slug) if user.is_authenticated and user.is_active else None
    role = role_of(user, tenant) if tenant else None
    if tenant is None or role is None:
        return None
    return Principal(tenant.id, tenant.slug, SCOPES_OF[role], user_id=user.pk, is_staff=user.is_staff)


def role_of(user: Any, tenant: Tenant) -> str | None:
    """The person's role in the tenant; an admin's for staff, None without access."""
    if user.is_staff:
        return Role.ADMIN
    with of_tenant(tenant.id):
        return Membership.objects.filter(user=user, tenant=tenant).values_list("role", flat=True).first()


def principal_of_token(secret: str) -> Principal | None:
    """The principal behind a bearer token, or None when it is not valid."""
    from tenancy import tokens

    token = tokens.find(secret)
    if token is None:
        return None
    return Principal(token.tenant_id, token.tenant.slug, frozenset(token.scopes), token_id=token.id)
