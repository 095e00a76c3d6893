"""Making tenants, and finding those that commands name."""

from __future__ import annotations

from django.db import transaction
from django.utils.text import slugify

from project.config import exit_with
from tenancy.models import Tenant

NAME_LENGTH, SLUG_LENGTH = 100, 60


class TenantExistsError(Exception):
    """Another tenant has the name."""


def tenant_or_exit(slug: str) -> Tenant:
    """The tenant of a command's argument; without one the command fails with a line that says so."""
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        exit_with([f"there is no tenant {slug}"], code=1)
    return tenant


def create_tenant(name: str) -> Tenant:
    """A new tenant with a slug made from its name. Raises ValueError for an unusable name, and TenantExistsError."""
    name = name.strip()
    if not name or len(name) > NAME_LENGTH or not name.isprintable():
        raise ValueError(f"a tenant's name has 1 to {NAME_LENGTH} printable characters")
    with transaction.atomic():
        if Tenant.objects.filter(name=name).exists():
            raise TenantExistsError(f"there is a tenant named {name} already")
        return Tenant.objects.create(name=name, slug=_free_slug(name))


def _free_slug(name: str) -> str:
    """`acme-industrial`; names that look alike in ASCII get a number: `acme-industrial-2`."""
    wanted = slugify(name)[: SLUG_LENGTH - 6].strip("-") or "tenant"
    taken = set(Tenant.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    slug, number = wanted, 1
    while slug in taken:
        number += 1
        slug = f"{wanted}-{number}"
    return slug
