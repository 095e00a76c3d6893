"""A page does nothing for anybody but whom it was made for."""

from __future__ import annotations

import json
import re

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from webhooks.models import Subscription

CALLS = ("/api/v1/tenant/webhooks/subscriptions", "/monitor/summary", "/monitor/endpoints")


def made_for(client) -> str:
    """Whom the page says that it was made for."""
    page = client.get("/").content.decode()
    return json.loads(re.search(r'<script id="boot"[^>]*>(.*?)</script>', page, re.S)[1])["user"]["id"]


@pytest.mark.parametrize("path", CALLS)
def test_calls_of_a_page_are_answered_while_its_person_is_signed_in(sign_in, tenant, path):
    client = sign_in(tenant)
    headers = {"X-Signed-In-As": made_for(client)}
    assert client.get(path, headers=headers).status_code == 200
    client.force_login(get_user_model().objects.create_user("other"))
    answer = client.get(path, headers=headers)
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert "somebody else" in answer.json()["detail"]
    client.logout()
    assert client.get(path, headers=headers).status_code == 401


def test_somebody_elses_page_changes_nothing_even_in_a_tenant_both_may_see(sign_in, tenant):
    first, second = sign_in(tenant), sign_in(tenant)
    body = {"url": "https://hooks.example.com/", "event": "*"}
    path = f"/api/v1/tenant/webhooks/subscriptions?tenant={tenant.slug}"
    headers = {"X-Signed-In-As": made_for(first)}
    assert second.post(path, body, "application/json", headers=headers).status_code == 401
    assert not Subscription.objects.exists()
    assert first.post(path, body, "application/json", headers=headers).status_code == 201


def test_programs_need_not_name_anybody(sign_in, tenant):
    assert sign_in(tenant).get(CALLS[0]).status_code == 200
    assert Client().get(CALLS[0], headers={"X-Signed-In-As": ""}).status_code == 401
