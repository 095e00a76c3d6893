from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from tenancy.models import Membership, Tenant
from tests.factories import make_tenant
from webhooks.metrics import gauges

PASSWORD = "correct-horse-battery"


@pytest.fixture
def sign_in(db: None) -> Callable[..., Client]:
    """A browser signed in as a new person: a member of these tenants, or staff."""

    def sign_in(*tenants: Tenant, staff: bool = False) -> Client:
        name = f"person-{get_user_model().objects.count()}"
        user = get_user_model().objects.create_user(name, password=PASSWORD, is_staff=staff)
        for tenant in tenants:
            Membership.objects.create(user=user, tenant=tenant, role="admin")
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def tenant(db: None) -> Tenant:
    return make_tenant()


@pytest.fixture(autouse=True)
def figures(monkeypatch):
    """What the gauges of the database say, the last of the list. They are read by a connection of their own, which does
    not see what a test has written, so by default nobody knows them."""
    told: list[gauges.Figures | None] = [None]
    monkeypatch.setattr(gauges.database_gauges, "latest", lambda: told[-1])
    return told
