"""Spans of OpenTelemetry, exported by OTLP over HTTP. Imported only when traces are on: the packages are optional.

Nothing here waits for the collector. Spans wait in a bounded queue (OTEL_BSP_MAX_QUEUE_SIZE) for a thread that sends
them; what does not fit is dropped.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from rest.tracing import Attributes, Kind

SERVICE = "delivery-monitor"
# How long a process that ends waits for what it has not exported yet.
END_SECONDS = 2.0

_KINDS = {"server": SpanKind.SERVER, "producer": SpanKind.PRODUCER, "client": SpanKind.CLIENT}
_W3C = TraceContextTextMapPropagator()


class OtelSpan:
    """A `rest.tracing.Span`."""

    __slots__ = ("_span",)

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    @property
    def traceparent(self) -> str | None:
        context = self._span.get_span_context()
        if not context.is_valid:
            return None
        return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"

    def note(self, attributes: Attributes, *, name: str | None = None) -> None:
        self._span.set_attributes(attributes)
        if name is not None:
            self._span.update_name(name)

    def fail(self, reason: str) -> None:
        self._span.set_attribute("error.type", reason)
        self._span.set_status(StatusCode.ERROR)


class OtelSpans:
    """`rest.tracing.Spans` of a provider."""

    def __init__(self, provider: trace.TracerProvider) -> None:
        self._tracer = provider.get_tracer(SERVICE, settings.VERSION)

    @contextmanager
    def begin(self, kind: Kind, name: str, attributes: Attributes, parent: str | None) -> Iterator[OtelSpan]:
        # What cannot be read begins a trace of its own.
        context = _W3C.extract({"traceparent": parent}, Context()) if parent else None
        # Not the exceptions themselves: their texts may quote anything.
        begun = self._tracer.start_as_current_span(
            name, context, _KINDS[kind], attributes, record_exception=False, set_status_on_exception=False
        )
        with begun as span:
            current = OtelSpan(span)
            try:
                yield current
            except Exception as exc:
                current.fail(type(exc).__name__)
                raise


def exported(exporter: SpanExporter | None = None) -> OtelSpans:
    """Spans that are sent to OTEL_EXPORTER_OTLP_ENDPOINT, in the background, until the process ends."""
    named = OTELResourceDetector().detect().attributes  # OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES
    resource = Resource.create({"service.name": SERVICE, "service.version": settings.VERSION, **named})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter()))
    atexit.register(_Ending(provider).end)
    return OtelSpans(provider)


class _Ending:
    """Lets what waits be exported, for so long and no longer: the provider's own shutdown takes up to 30 s.

    The thread is there from the beginning, since an interpreter that ends starts none.
    """

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tracing-end", daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._ends.set()
        self._thread.join(END_SECONDS)

    def _run(self) -> None:
        self._ends.wait()
        self._provider.shutdown()
