"""Every HTTP request has an id: in its answer, in its log lines, on what it publishes."""

from __future__ import annotations

import io
import json
import logging
import threading
from uuid import UUID

import pytest
import structlog
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest, JsonResponse
from django.test import Client
from django.urls import path

from project import logs
from rest import request_ids
from tests.factories import make_subscription, publish_payment
from tests.integration.api.answers import json_of, problem_of
from webhooks.models import Event

CUSTOMER = {"name": "Bodegas Ribera", "email": "ana@ribera.example"}
GIVEN = "shop.order_17-a"


def create(api, *, body=CUSTOMER, **headers):
    return api.client.post("/api/v1/tenant/customers", body, content_type="application/json", headers=headers)


@pytest.mark.parametrize("given", [GIVEN, "a", "9" * 64])
def test_a_valid_id_is_kept_and_echoed(api_client, given):
    assert create(api_client, **{"X-Request-ID": given})["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a,b", "é", 'a"b', "a/b", "a:b", "a\x00b", "%0d%0a"])
def test_anything_else_is_replaced_by_a_new_one(api_client, given):
    answers = [create(api_client, **{"X-Request-ID": given}) for _ in range(2)]
    first, second = (UUID(answer["X-Request-ID"]) for answer in answers)
    assert first != second


@pytest.mark.parametrize("path", ["/api/v1/tenant/customers", "/api/nothing", "/healthz", "/nothing", "/sign-in"])
def test_every_answer_has_one_whatever_its_status(path):
    assert UUID(Client().get(path)["X-Request-ID"])


def test_an_event_keeps_the_id_of_the_request_that_published_it_and_the_api_shows_it(api_client):
    create(api_client, **{"X-Request-ID": GIVEN})
    create(api_client)
    publish_payment(api_client.tenant)
    by_nobody, by_another, given = json_of(api_client("get", "/webhooks/events"))["items"]
    assert (by_nobody["request_id"], given["request_id"]) == (None, GIVEN)
    assert UUID(by_another["request_id"])
    assert json_of(api_client("get", f"/webhooks/events/{given['id']}"))["request_id"] == GIVEN


def test_a_test_event_has_the_id_of_the_request_that_sent_it(api_client):
    subscription = make_subscription(api_client.tenant)
    answer = api_client("post", f"/webhooks/subscriptions/{subscription.id}/test")
    assert Event.objects.get().request_id == answer["X-Request-ID"]


def test_an_answer_that_was_kept_names_the_request_at_hand_and_the_event_the_first_one(api_client):
    first = create(api_client, **{"Idempotency-Key": "one", "X-Request-ID": "first"})
    second = create(api_client, **{"Idempotency-Key": "one", "X-Request-ID": "second"})
    assert second["Idempotent-Replayed"] == "true"
    assert (first["X-Request-ID"], second["X-Request-ID"]) == ("first", "second")
    assert Event.objects.get().request_id == "first"


@pytest.fixture
def logged():
    """The lines that are logged during the test, in production's format."""
    written = io.StringIO()
    config = logs.logging_config("INFO", as_json=True)
    config["handlers"]["stderr"]["stream"] = written
    logs.configure(config)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    logs.configure(settings.LOGGING)


def test_an_error_of_our_own_names_the_request_and_so_do_its_log_lines(api_client, monkeypatch, logged):
    def fail(*_args, **_options):
        logging.getLogger("some.library").warning("about to fail")
        raise RuntimeError("no")

    monkeypatch.setattr("webhooks.api.subscriptions.page", fail)
    api_client.client.raise_request_exception = False
    answer = api_client("get", "/webhooks/subscriptions")
    assert answer["X-Request-ID"] in problem_of(answer, 500)["detail"]
    events = [line["event"] for line in logged()]
    assert events[:2] == ["about to fail", "request_failed"]
    assert "Internal Server Error" in events[-1]  # Django's own, after the last middleware
    assert {line["request_id"] for line in logged()} == {answer["X-Request-ID"]}


def test_no_id_is_left_behind_by_a_request(api_client):
    create(api_client)
    assert request_ids.current() is None
    assert structlog.contextvars.get_contextvars() == {}


met = threading.Barrier(2, timeout=20)


def wait_for_the_other(_request: HttpRequest) -> JsonResponse:
    before = request_ids.current()
    met.wait()
    return JsonResponse([before, request_ids.current()], safe=False)


urlpatterns = [path("wait", wait_for_the_other)]


async def test_requests_at_once_under_asgi_each_have_their_own_in_their_threads(settings):
    settings.ROOT_URLCONF = __name__

    def called(request_id: str) -> ApplicationCommunicator:
        headers = [(b"host", b"testserver"), (b"x-request-id", request_id.encode())]
        scope = {"type": "http", "method": "GET", "path": "/wait", "headers": headers}
        return ApplicationCommunicator(ASGIHandler(), scope)

    calls = {request_id: called(request_id) for request_id in ("one", "two")}
    for call in calls.values():
        await call.send_input({"type": "http.request"})
    for request_id, call in calls.items():
        start, body = await call.receive_output(20), await call.receive_output(20)
        assert (b"X-Request-ID", request_id.encode()) in start["headers"]
        assert json.loads(body["body"]) == [request_id, request_id]
        await call.wait(20)
