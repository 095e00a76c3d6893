"""Each attempt is a span of the trace that published its event, and the request names it."""

from __future__ import annotations

import threading
import time

import pytest
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import StatusCode

from project import spans
from rest import tracing
from tests.conftest import ApiClient
from tests.factories import SECRET, make_delivery, make_event, make_subscription, make_tenant, publish_payment
from tests.integration.api.answers import json_of
from tests.integration.dispatching.running import ended
from tests.integration.tracing.test_traced_api import named
from webhooks.models import Delivery

PAYMENT = {"amount": "125.00", "currency": "EUR", "method": "card", "reference": "planted-reference"}
QUERY = "?key=planted-query"


def test_from_the_call_to_the_receiver_it_is_one_trace(traced, worker, receiver):
    api = ApiClient(make_tenant())
    subscription = make_subscription(api.tenant, url=receiver.url() + QUERY)
    answer = api("post", "/payments", PAYMENT)
    json_of(answer, 201)
    delivery = Delivery.objects.get()
    assert ended(delivery) == ["DELIVERED"]
    (call,), (publishing,), (attempt,) = traced.of("SERVER"), traced.of("PRODUCER"), traced.of("CLIENT")
    (request,) = receiver.requests
    assert request.headers["traceparent"] == named(attempt)
    assert request.headers["traceparent"].split("-")[1] == named(call).split("-")[1]
    assert attempt.parent.span_id == publishing.context.span_id
    assert attempt.name == "deliver payment.received"
    assert attempt.attributes == {
        "webhook.delivery.id": str(delivery.id),
        "webhook.subscription.id": str(subscription.id),
        "webhook.event.id": str(delivery.source_id),
        "webhook.event.type": "payment.received",
        "webhook.attempt": 1,
        "webhook.outcome": "success",
        "http.response.status_code": 200,
        "tenant.id": str(api.tenant.id),
        "request.id": answer["X-Request-ID"],
    }
    assert attempt.status.status_code is StatusCode.UNSET
    for planted in (SECRET, "planted", receiver.base):
        assert planted not in traced.everything


def test_each_attempt_has_a_span_of_its_own_and_a_failed_one_says_why(traced, worker, receiving):
    receiver = receiving({"/hook": [503, 200]})
    tenant = make_tenant()
    make_subscription(tenant, url=receiver.url("/hook"), retry_schedule=[0.05])
    publish_payment(tenant)
    assert ended(Delivery.objects.get()) == ["DELIVERED"]
    failed, succeeded = traced.of("CLIENT")
    assert (failed.status.status_code, failed.attributes["error.type"]) == (StatusCode.ERROR, "http_5xx")
    assert [span.attributes["webhook.attempt"] for span in (failed, succeeded)] == [1, 2]
    assert "error.type" not in succeeded.attributes
    (publishing,) = traced.of("PRODUCER")
    assert {span.parent.span_id for span in (failed, succeeded)} == {publishing.context.span_id}


@pytest.mark.parametrize("stored", [None, "nonsense"])
def test_an_event_that_names_no_trace_gets_one_of_its_own(traced, worker, receiver, stored):
    subscription = make_subscription(url=receiver.url())
    event = make_event(tenant_id=subscription.tenant_id, traceparent=stored)
    assert ended(make_delivery(subscription, source=event)) == ["DELIVERED"]
    (attempt,) = traced.of("CLIENT")
    assert attempt.parent is None
    assert receiver.requests[0].headers["traceparent"] == named(attempt)


def test_without_traces_no_request_names_one(worker, receiver):
    subscription = make_subscription(url=receiver.url())
    event = make_event(tenant_id=subscription.tenant_id, traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01")
    assert ended(make_delivery(subscription, source=event)) == ["DELIVERED"]
    assert "traceparent" not in receiver.requests[0].headers


class Hanging(SpanExporter):
    """A collector that takes everything and answers nothing."""

    def __init__(self) -> None:
        self.called = threading.Event()
        self.released = threading.Event()

    def export(self, _spans: object) -> SpanExportResult:
        self.called.set()
        self.released.wait()
        return SpanExportResult.FAILURE


def test_a_collector_that_hangs_delays_neither_deliveries_nor_the_end(monkeypatch, worker, receiver):
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "10")
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "8")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4")
    endings: list = []
    monkeypatch.setattr(spans.atexit, "register", endings.append)
    hanging = Hanging()
    tracing.use(spans.exported(hanging))
    try:
        tenant = make_tenant()
        make_subscription(tenant, url=receiver.url())
        for _ in range(30):
            publish_payment(tenant)
        assert set(ended(*Delivery.objects.all())) == {"DELIVERED"}
        assert hanging.called.wait(20)
        begun = time.monotonic()
        endings[0]()
        assert time.monotonic() - begun < spans.END_SECONDS + 1
    finally:
        tracing.use(None)
        hanging.released.set()
