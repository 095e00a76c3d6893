"""REST: a POST with an Idempotency-Key happens once, whatever dies in between."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from django.db import OperationalError, connection, transaction
from django.test import Client

from rest import idempotency
from rest.models import IdempotentRequest
from tenancy.row_security import of_tenant
from tests.conftest import ApiClient
from tests.factories import make_delivery, make_subscription, make_tenant
from tests.integration.api.answers import json_of, problem_of, wrong_fields
from tests.integration.api.test_authentication_api import csrf, make_user, signed_in
from webhooks import subscriptions
from webhooks.models import Delivery, Subscription

URL = "/api/v1/tenant/webhooks/subscriptions"
BODY = {"url": "https://hooks.example.com/erp", "event": "*"}
KEY = "a key of 17 chars"


def post(api, body=BODY, key=KEY, path=URL):
    headers = {} if key is None else {"Idempotency-Key": key}
    return api.client.post(path, body, content_type="application/json", headers=headers)


def age(seconds):
    """As if all requests had been made that long ago."""
    for row in IdempotentRequest.objects.all():
        row.created_at -= timedelta(seconds=seconds)
        if row.lease_expires_at:
            row.lease_expires_at -= timedelta(seconds=seconds)
        row.save()


@pytest.fixture
def dead_request(api_client, monkeypatch):
    """A first request whose process died after it had done its work and before the commit."""

    def die(*_args):
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(idempotency, "_keep", die)
        patched.setattr(idempotency, "_release", lambda lease: None)
        with pytest.raises(SystemExit):
            post(api_client)


def test_the_same_request_gets_the_same_answer_secret_included(api_client):
    first, second = post(api_client), post(api_client)
    assert json_of(second, 201) == json_of(first, 201)
    assert first.json()["secret"].startswith("whsec_")
    assert (first.get("Idempotent-Replayed"), second["Idempotent-Replayed"]) == (None, "true")
    assert Subscription.objects.count() == 1


def test_another_key_or_none_is_another_request(api_client):
    for key in ("one", "two", None, None):
        json_of(post(api_client, key=key), 201)
    assert Subscription.objects.count() == 4


def test_the_same_key_with_another_body_is_a_conflict(api_client):
    json_of(post(api_client), 201)
    assert "another request" in problem_of(post(api_client, {**BODY, "event": "payment.*"}), 409)["detail"]


def test_the_same_key_for_another_path_is_a_conflict(api_client):
    made = json_of(post(api_client), 201)
    problem_of(post(api_client, path=f"{URL}/{made['id']}/test"), 409)


@pytest.mark.parametrize("key", ["", "x" * 256, "ünïcode", "tab\tin", "\x7f"])
def test_a_malformed_key_is_refused(api_client, key):
    assert wrong_fields(post(api_client, key=key)) == {"Idempotency-Key"}
    assert not Subscription.objects.exists()


@pytest.mark.parametrize("key", ["x", "~" * 255, '"6a1f0c52"', "a b"])
def test_any_printable_key_will_do(api_client, key):
    assert json_of(post(api_client, key=key), 201) == json_of(post(api_client, key=key), 201)


def test_keys_belong_to_a_token(api_client, stranger):
    other_token = ApiClient(api_client.tenant)
    made = {json_of(post(api), 201)["id"] for api in (api_client, other_token, stranger)}
    assert len(made) == 3


def test_keys_of_a_person_belong_to_person_and_tenant(api_client, stranger):
    client = signed_in(make_user(is_staff=True))

    def by_session(tenant):
        headers = {"Idempotency-Key": KEY, **csrf(client)}
        return client.post(f"{URL}?tenant={tenant.slug}", BODY, content_type="application/json", headers=headers)

    ids = [json_of(by_session(tenant), 201)["id"] for tenant in (api_client.tenant, stranger.tenant, stranger.tenant)]
    assert ids[0] != ids[1] == ids[2]


def test_a_kept_answer_is_not_shown_without_the_checks(api_client):
    client = signed_in(make_user(api_client.tenant))
    headers = {"Idempotency-Key": KEY}
    json_of(client.post(URL, BODY, content_type="application/json", headers={**headers, **csrf(client)}), 201)
    problem_of(client.post(URL, BODY, content_type="application/json", headers=headers), 403)


@pytest.mark.parametrize(("body", "status"), [({**BODY, "event": "nonsense"}, 422), ({**BODY, "url": "ftp://x"}, 422)])
def test_a_refusal_is_kept_too(api_client, body, status):
    assert problem_of(post(api_client, body), status) == problem_of(post(api_client, body), status)
    assert post(api_client, body)["Idempotent-Replayed"] == "true"


def test_malformed_json_is_kept_as_what_it_was(api_client):
    for _ in range(2):
        headers = {"Idempotency-Key": KEY}
        problem_of(api_client.client.generic("POST", URL, b"{", "application/json", headers=headers), 400)


def test_what_is_not_about_the_request_is_not_kept(api_client, monkeypatch):
    problem_of(post(ApiClient(api_client.tenant, scopes=("read",))), 403)

    def away(*_args, **_options):
        raise OperationalError("the connection is lost")

    with monkeypatch.context() as patched:
        patched.setattr(subscriptions, "create", away)
        problem_of(post(api_client), 503)
    assert not IdempotentRequest.objects.exists()
    json_of(post(api_client), 201)


def test_without_a_token_nothing_is_remembered(api_client):
    problem_of(Client().post(URL, BODY, content_type="application/json", headers={"Idempotency-Key": KEY}), 401)
    assert not IdempotentRequest.objects.exists()


def test_other_methods_ignore_the_key(api_client):
    subscription = make_subscription(api_client.tenant)
    for description in ("one", "two"):
        body = {"description": description}
        headers = {"Idempotency-Key": KEY}
        url = f"{URL}/{subscription.id}"
        answer = api_client.client.patch(url, body, content_type="application/json", headers=headers)
        assert json_of(answer)["description"] == description


def test_a_second_request_while_the_first_is_under_way_is_a_conflict(api_client, dead_request):
    response = post(api_client)
    assert "under way" in problem_of(response, 409)["detail"]
    assert response["Retry-After"] == "1"


def test_a_request_that_died_leaves_nothing_and_a_retry_takes_over(api_client, dead_request):
    assert not Subscription.objects.exists()
    age(61)
    made = json_of(post(api_client), 201)
    assert json_of(post(api_client), 201) == made
    assert Subscription.objects.count() == 1


def test_a_request_that_was_overtaken_undoes_its_work(api_client, monkeypatch):
    create = subscriptions.create

    def slow(*args, **options):
        made = create(*args, **options)
        # Another process finds the lease run out and takes over.
        IdempotentRequest.objects.update(lease_token=make_tenant().id)
        return made

    monkeypatch.setattr(subscriptions, "create", slow)
    problem_of(post(api_client), 409)
    assert not Subscription.objects.exists()


def test_a_day_later_the_key_is_free_again(api_client):
    first = json_of(post(api_client), 201)
    age(24 * 3600 - 60)
    assert json_of(post(api_client), 201) == first
    age(120)
    assert json_of(post(api_client, {**BODY, "event": "payment.*"}), 201)["id"] != first["id"]


def test_old_rows_are_pruned(api_client):
    json_of(post(api_client, key="old"), 201)
    age(24 * 3600 + 1)
    json_of(post(api_client, key="new"), 201)
    assert idempotency.prune(datetime.now(UTC)) == 1
    assert [row.key for row in IdempotentRequest.objects.all()] == ["new"]


def test_a_kept_answer_is_encrypted(api_client):
    secret = json_of(post(api_client), 201)["secret"]
    row = IdempotentRequest.objects.get()
    assert secret not in row.answer
    assert row.answer.startswith("gAAAA")


def test_a_kept_answer_whose_key_is_gone_is_a_conflict(api_client, settings):
    json_of(post(api_client), 201)
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert "can no longer be read" in problem_of(post(api_client), 409)["detail"]


def test_a_kept_answer_takes_less_room_than_the_answer(api_client):
    lines = [{"sku": f"CASK-{n}", "description": "x" * 100, "quantity": "1", "unit_price": "1.00"} for n in range(300)]
    customer = json_of(api_client("post", "/customers", {"name": "Ana", "email": "ana@example.com"}), 201)["id"]
    order = {"customer_id": customer, "currency": "EUR", "lines": lines}
    answer = post(api_client, order, path="/api/v1/tenant/sales_orders")
    json_of(answer, 201)
    assert len(IdempotentRequest.objects.get().answer) < len(answer.content) / 5


def test_workers_are_woken_after_the_commit(transactional_db):
    api = ApiClient(make_tenant())
    subscription = make_subscription(api.tenant)
    delivery = make_delivery(subscription, status="FAILED", next_attempt_at=None)
    seen = []

    def look(*_args):
        in_transaction = connection.in_atomic_block
        with of_tenant(api.tenant.id):
            seen.append((in_transaction, Delivery.objects.count()))

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("webhooks.publishing._enqueue", look)
        json_of(post(api, {}, path=f"/api/v1/tenant/webhooks/deliveries/{delivery.id}/retry"), 202)
    assert seen == [(False, 2)]


def test_of_two_at_once_one_is_done(transactional_db):
    api = ApiClient(make_tenant())
    statuses = []

    def send():
        statuses.append(post(api).status_code)
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(6)]
    with transaction.atomic():
        for thread in threads:
            thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    assert Subscription.objects.count() == 1
