"""A call of the API is a span, and what it publishes is one within."""

from __future__ import annotations

import pytest
from django.test import Client
from opentelemetry.trace import StatusCode, format_span_id, format_trace_id

from tests.factories import make_tenant, publish_payment
from tests.integration.api.answers import json_of, problem_of
from webhooks.models import Event

pytestmark = pytest.mark.django_db

CUSTOMER = {"name": "Bodegas Ribera", "email": "planted@ribera.example"}
GIVEN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def create(api, **headers):
    url = "/api/v1/tenant/customers?tenant=" + api.tenant.slug
    return api.client.post(url, CUSTOMER, content_type="application/json", headers=headers)


def named(span):
    """The `traceparent` that names a span."""
    context = span.context
    return f"00-{format_trace_id(context.trace_id)}-{format_span_id(context.span_id)}-{context.trace_flags:02x}"


def test_a_call_is_a_span_with_its_route_status_tenant_and_request(api_client, traced):
    answer = create(api_client)
    (span,) = traced.of("SERVER")
    assert span.name == "POST /api/v1/tenant/customers"
    assert span.attributes == {
        "http.request.method": "POST",
        "http.route": "/api/v1/tenant/customers",
        "http.response.status_code": 201,
        "request.id": answer["X-Request-ID"],
        "tenant.id": str(api_client.tenant.id),
    }
    assert span.status.status_code is StatusCode.UNSET
    assert span.parent is None


def test_publishing_is_a_span_within_and_the_event_names_it(api_client, traced):
    create(api_client)
    (call,), (publishing,) = traced.of("SERVER"), traced.of("PRODUCER")
    event = Event.objects.get()
    assert publishing.name == "publish customer.created"
    assert publishing.attributes == {
        "webhook.event.id": str(event.id),
        "webhook.event.type": "customer.created",
        "tenant.id": str(api_client.tenant.id),
    }
    assert publishing.parent.span_id == call.context.span_id
    assert event.traceparent == named(publishing)


def test_a_callers_trace_is_continued(api_client, traced):
    create(api_client, traceparent=GIVEN)
    (call,) = traced.of("SERVER")
    assert GIVEN.split("-")[1:3] == [format_trace_id(call.context.trace_id), format_span_id(call.parent.span_id)]
    assert Event.objects.get().traceparent.split("-")[1] == GIVEN.split("-")[1]


def test_a_caller_that_does_not_sample_is_not_traced_and_its_event_says_so(api_client, traced):
    create(api_client, traceparent=GIVEN[:-2] + "00")
    assert traced.everything == ""
    trace_id, flags = Event.objects.get().traceparent.split("-")[1::2]
    assert (trace_id, flags) == (GIVEN.split("-")[1], "00")


@pytest.mark.parametrize(
    "given", ["", "x", GIVEN[:-1], GIVEN.upper(), f"{GIVEN},{GIVEN}", "00-" + "0" * 32 + GIVEN[35:], "ff" + GIVEN[2:]]
)
def test_what_is_no_traceparent_begins_a_trace_of_its_own(api_client, traced, given):
    json_of(create(api_client, traceparent=given), 201)
    (span,) = traced.of("SERVER")
    assert span.parent is None
    assert format_trace_id(span.context.trace_id) != GIVEN.split("-")[1]


def test_an_error_of_our_own_is_marked_and_says_no_more(api_client, traced, monkeypatch):
    def fail(*_args, **_options):
        raise RuntimeError("planted")

    monkeypatch.setattr("webhooks.api.subscriptions.page", fail)
    problem_of(api_client("get", "/webhooks/subscriptions"), 500)
    (span,) = traced.of("SERVER")
    assert (span.status.status_code, span.attributes["error.type"]) == (StatusCode.ERROR, "500")
    assert "planted" not in traced.everything


def test_a_publishing_that_fails_is_marked_with_the_kind_of_error_alone(traced, monkeypatch):
    def fail(*_args, **_options):
        raise RuntimeError("planted")

    monkeypatch.setattr("webhooks.publishing._fan_out", fail)
    with pytest.raises(RuntimeError):
        publish_payment(make_tenant())
    (span,) = traced.of("PRODUCER")
    assert (span.status.status_code, span.attributes["error.type"]) == (StatusCode.ERROR, "RuntimeError")
    assert "planted" not in traced.everything


def test_an_unknown_address_or_method_has_few_names(api_client, traced):
    api_client.client.get("/api/v1/planted")
    api_client.client.generic("PLANTED", "/api/v1/tenant/customers")
    assert [span.name for span in traced.of("SERVER")] == ["GET", "_OTHER /api/v1/tenant/customers"]
    assert "planted" not in traced.everything.lower()


def test_payload_query_and_token_are_not_in_a_trace(api_client, traced):
    create(api_client)
    token = api_client.client.defaults["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    for planted in (token, CUSTOMER["email"], "tenant="):
        assert planted not in traced.everything


@pytest.mark.parametrize("path", ["/healthz", "/sign-in", "/nothing"])
def test_pages_and_probes_are_no_spans(traced, path):
    Client().get(path)
    assert traced.everything == ""


def test_an_event_without_traces_names_none(api_client):
    create(api_client, traceparent=GIVEN)
    assert Event.objects.get().traceparent is None
