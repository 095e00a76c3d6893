"""Spans are kept in memory in place of being exported."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from project import spans
from rest import tracing
from tests.integration.dispatching.conftest import receiving, start_worker, worker

__all__ = ["receiving", "start_worker", "worker"]


class Traced:
    """The spans that have ended."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self.provider = TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))

    def of(self, kind: str) -> list[ReadableSpan]:
        """Those of a kind, in the order in which they began."""
        found = [span for span in self._exporter.get_finished_spans() if span.kind.name == kind]
        return sorted(found, key=lambda span: span.start_time or 0)

    @property
    def everything(self) -> str:
        """All that is said of them."""
        return "".join(span.to_json() for span in self._exporter.get_finished_spans())


@pytest.fixture
def traced() -> Iterator[Traced]:
    traced = Traced()
    tracing.use(spans.OtelSpans(traced.provider))
    yield traced
    tracing.use(None)
