"""Traces of a running installation, at a collector, in both modes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.conftest import RecordingReceiver
from tests.e2e.conftest import Program, requests_of
from tests.e2e.processes import PATIENCE, System, eventually
from tests.servers import free_port

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
KINDS = {2: "server", 3: "client", 4: "producer"}  # of OTLP


class Collector(ThreadingHTTPServer):
    """Takes OTLP over HTTP and keeps it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Take)
        self.requests: list[ExportTraceServiceRequest] = []

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def kinds(self, trace_id: str) -> dict[str, set[str]]:
        """Of a trace: the kinds of its spans, each with the names of the services that had them."""
        found: dict[str, set[str]] = {}
        for request in list(self.requests):
            for resource in request.resource_spans:
                service = {each.key: each.value.string_value for each in resource.resource.attributes}["service.name"]
                for span in (span for scope in resource.scope_spans for span in scope.spans):
                    if span.trace_id.hex() == trace_id:
                        found.setdefault(KINDS[span.kind], set()).add(service)
        return found


class _Take(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.path == "/v1/traces"
        self.server.requests.append(ExportTraceServiceRequest.FromString(body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        """Nothing."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def pay(program: Program) -> httpx.Response:
    """A payment of a caller that traces."""
    return httpx.post(
        f"{program.system.base}/api/v1/tenant/payments",
        json={"amount": "125.00", "currency": "EUR", "method": "card"},
        headers={"Authorization": f"Bearer {program.token}", "traceparent": f"00-{TRACE_ID}-b7ad6b7169203331-01"},
        timeout=PATIENCE,
    )


def test_a_callers_trace_leads_through_the_system_to_the_receiver(
    system: System, collector: Collector, receiver: RecordingReceiver
) -> None:
    system.environment.update(OTEL_EXPORTER_OTLP_ENDPOINT=collector.base, OTEL_SERVICE_NAME="erp")
    system.start()
    with Program(system) as program:
        program.subscribe(receiver.url("/ok"))
        answer = pay(program)
        (request,) = requests_of(receiver, 1)
        program.finished()
        (event,) = program.get("/webhooks/events")["items"]
    assert event["request_id"] == answer.headers["X-Request-ID"]
    assert request.headers["traceparent"].split("-")[1] == TRACE_ID
    system.stop()  # what had not been sent is sent now
    assert collector.kinds(TRACE_ID) == {"server": {"erp"}, "producer": {"erp"}, "client": {"erp"}}
    system.start()  # for the fixture, which stops it


def test_a_collector_that_is_away_stops_nothing(system: System, receiver: RecordingReceiver) -> None:
    system.environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"http://127.0.0.1:{free_port()}"
    system.start()
    with Program(system) as program:
        program.subscribe(receiver.url("/ok"))
        for _ in range(5):
            assert pay(program).status_code == 201
        assert {delivery["status"] for delivery in program.finished(5)} == {"DELIVERED"}
    begun = time.monotonic()
    system.restart_worker()  # ends with exit code 0
    assert time.monotonic() - begun < PATIENCE / 2
    assert eventually(lambda: httpx.get(f"{system.base}/healthz", timeout=PATIENCE).is_success, "it answers")
