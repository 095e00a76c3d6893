"""REST: who may call it. Programs by bearer token, pages by session with CSRF token."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from tenancy import tokens
from tenancy.models import ApiToken, Membership
from tests.conftest import ApiClient
from tests.factories import make_subscription, make_tenant, make_token
from tests.integration.api.answers import json_of, problem_of

URL = "/api/v1/tenant/webhooks/subscriptions"
BODY = {"url": "https://hooks.example.com/erp", "event": "*"}


def make_user(tenant=None, role="admin", **fields):
    user = get_user_model().objects.create_user("ana", password="a-long-password", **fields)
    if tenant:
        Membership.objects.create(user=user, tenant=tenant, role=role)
    return user


def signed_in(user):
    """A browser that knows the CSRF token of the page."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    client.get("/")
    return client


def csrf(client):
    return {"X-CSRFToken": client.cookies["csrftoken"].value}


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("operator", 201), ("admin", 201)])
def test_what_a_person_may_do_depends_on_their_role(role, status):
    browser = signed_in(make_user(make_tenant(), role))
    assert browser.get(URL).status_code == 200
    answer = browser.post(URL, BODY, content_type="application/json", headers=csrf(browser))
    assert answer.status_code == status
    if status == 403:
        assert problem_of(answer, 403)["detail"] == "your role in this tenant lacks the scope 'write'; it has read"


def test_an_expired_token_is_401():
    tenant = make_tenant()
    token = tokens.issue(tenant, ["read"], timedelta(hours=1))
    client = Client(headers={"Authorization": f"Bearer {token.secret}"})
    assert client.get(URL).status_code == 200
    ApiToken.objects.update(expires_at=datetime.now(UTC))
    problem_of(client.get(URL), 401)


def test_a_revoked_token_is_401_from_the_next_request_on():
    tenant = make_tenant()
    token, other = tokens.issue(tenant, ["read"]), tokens.issue(tenant, ["read"])
    client, unhurt = (Client(headers={"Authorization": f"Bearer {each.secret}"}) for each in (token, other))
    assert client.get(URL).status_code == 200
    assert tokens.revoke(make_tenant(), token.prefix) == 0
    assert tokens.revoke(tenant, token.prefix) == 1
    problem_of(client.get(URL), 401)
    assert unhurt.get(URL).status_code == 200
    assert tokens.revoke(tenant, token.prefix) == 0


def test_when_a_token_was_last_used_is_noted_once_a_minute():
    client = Client(headers={"Authorization": f"Bearer {make_token(make_tenant())}"})
    assert ApiToken.objects.get().last_used_at is None
    client.get(URL)
    first = ApiToken.objects.get().last_used_at
    client.get(URL)
    assert first == ApiToken.objects.get().last_used_at
    ApiToken.objects.update(last_used_at=first - timedelta(minutes=2))
    client.get(URL)
    assert ApiToken.objects.get().last_used_at >= first


def test_without_a_token_it_is_401():
    response = Client().get(URL)
    problem_of(response, 401)
    assert response["WWW-Authenticate"] == "Bearer"


def test_a_change_without_token_or_session_is_401_not_a_matter_of_csrf():
    client = Client(enforce_csrf_checks=True)
    problem_of(client.post(URL, BODY, content_type="application/json"), 401)
    client.cookies["sessionid"] = "of-a-session-that-is-over"
    problem_of(client.post(URL, BODY, content_type="application/json"), 401)


@pytest.mark.parametrize(
    "header",
    [
        "", "Bearer", "Bearer ", "Bearer x", "Bearer gq_", "Bearer gq_unknown", "Bearer gq_" + "x" * 10_000,
        "Bearer gq_é", "Bearer gq_\0", "Basic Z3FfOng=", "gq_unknown", "Token gq_unknown",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_malformed_or_unknown_token_is_401(header, method):
    problem_of(getattr(Client(headers={"Authorization": header}), method)(URL), 401)


def test_a_revoked_token_is_401(api_client):
    json_of(api_client("get", "/webhooks/subscriptions"))
    ApiToken.objects.all().delete()
    problem_of(api_client("get", "/webhooks/subscriptions"), 401)


def test_a_token_of_another_case_is_401():
    problem_of(Client(headers={"Authorization": f"Bearer {make_token().upper()}"}).get(URL), 401)


def test_the_scheme_is_read_in_any_case():
    json_of(Client(headers={"Authorization": f"bearer {make_token()}"}).get(URL))


@pytest.mark.parametrize("body", [b"{", b"{}", b"x" * 100])
def test_who_is_unknown_learns_nothing_about_the_body(body):
    problem_of(Client().post(URL, body, content_type="application/json"), 401)


def test_a_token_that_may_only_read_gets_403_for_changes():
    api = ApiClient(make_tenant(), scopes=("read",))
    json_of(api("get", "/webhooks/subscriptions"))
    subscription = make_subscription(api.tenant)
    for method, path in (("post", ""), ("patch", f"/{subscription.id}"), ("delete", f"/{subscription.id}")):
        assert "write" in problem_of(api(method, f"/webhooks/subscriptions{path}", {}), 403)["detail"]


def test_a_token_that_may_only_write_gets_403_for_reading():
    api = ApiClient(make_tenant(), scopes=("write",))
    json_of(api("post", "/webhooks/subscriptions", BODY), 201)
    assert "read" in problem_of(api("get", "/webhooks/subscriptions"), 403)["detail"]


def test_a_403_says_which_scope_is_missing_and_which_there_are():
    response = ApiClient(make_tenant(), scopes=("read",))("post", "/webhooks/subscriptions", BODY)
    assert problem_of(response, 403)["detail"] == "this token lacks the scope 'write'; it has read"
    assert response["WWW-Authenticate"] == 'Bearer error="insufficient_scope", scope="write"'


def test_admin_includes_reading_and_writing():
    api = ApiClient(make_tenant(), scopes=("admin",))
    json_of(api("post", "/webhooks/subscriptions", BODY), 201)
    assert len(json_of(api("get", "/webhooks/subscriptions"))["items"]) == 1


def test_a_member_reads_with_the_session_alone(api_client):
    make_subscription(api_client.tenant)
    assert len(json_of(signed_in(make_user(api_client.tenant)).get(URL))["items"]) == 1


def test_a_change_by_session_needs_the_csrf_token(api_client):
    client = signed_in(make_user(api_client.tenant))
    assert "CSRF" in problem_of(client.post(URL, BODY, content_type="application/json"), 403)["detail"]
    wrong = {"X-CSRFToken": "x" * 64}
    problem_of(client.post(URL, BODY, content_type="application/json", headers=wrong), 403)
    json_of(client.post(URL, BODY, content_type="application/json", headers=csrf(client)), 201)


def test_a_token_needs_no_csrf_token():
    client = Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {make_token()}"})
    json_of(client.post(URL, BODY, content_type="application/json"), 201)


@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=x", "multipart/form-data", "text/plain"])
def test_a_form_by_session_is_no_json(api_client, content_type):
    client = signed_in(make_user(api_client.tenant))
    problem_of(client.generic("POST", URL, b"--x\r\n\r\n", content_type, headers=csrf(client)), 400)


def test_a_form_with_a_thousand_fields_is_refused(api_client):
    client = signed_in(make_user(api_client.tenant))
    form = "&".join(f"field{number}=1" for number in range(1500))
    problem_of(client.post(URL, form, content_type="application/x-www-form-urlencoded", headers=csrf(client)), 400)


def test_a_wrong_token_does_not_fall_back_to_the_session(api_client):
    client = signed_in(make_user(api_client.tenant))
    problem_of(client.get(URL, headers={"Authorization": "Bearer gq_unknown"}), 401)


def test_staff_choose_the_tenant(api_client, stranger):
    make_subscription(stranger.tenant)
    client = signed_in(make_user(is_staff=True))
    assert len(json_of(client.get(f"{URL}?tenant={stranger.tenant.slug}"))["items"]) == 1
    assert json_of(client.get(f"{URL}?tenant={api_client.tenant.slug}"))["items"] == []


def test_staff_change_the_chosen_tenant(api_client, stranger):
    client = signed_in(make_user(is_staff=True))
    url = f"{URL}?tenant={stranger.tenant.slug}"
    json_of(client.post(url, BODY, content_type="application/json", headers=csrf(client)), 201)
    assert len(json_of(stranger("get", "/webhooks/subscriptions"))["items"]) == 1


@pytest.mark.parametrize("slug", ["nobody", "%00", "x" * 5000])
def test_an_unknown_tenant_is_not_found(api_client, slug):
    problem_of(signed_in(make_user(is_staff=True)).get(f"{URL}?tenant={slug}"), 404)


def test_a_member_sees_no_other_tenant(api_client, stranger):
    client = signed_in(make_user(api_client.tenant))
    problem_of(client.get(f"{URL}?tenant={stranger.tenant.slug}"), 404)


def test_a_person_without_a_tenant_finds_none(api_client):
    problem_of(signed_in(make_user()).get(URL), 404)


def test_a_disabled_person_is_401(api_client):
    user = make_user(api_client.tenant)
    client = signed_in(user)
    get_user_model().objects.filter(pk=user.pk).update(is_active=False)
    problem_of(client.get(URL), 401)
