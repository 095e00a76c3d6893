"""Whether this process exports traces."""

from __future__ import annotations

from django.conf import settings

from project.config import exit_with
from rest import tracing


def start() -> None:
    """Export traces from now on when OTEL_EXPORTER_OTLP_ENDPOINT is set. Doing it twice changes nothing."""
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT and not tracing.on():
        from project import spans  # or an installation without the optional packages could not start

        try:
            tracing.use(spans.exported())
        except ValueError as exc:
            exit_with([f"OTEL_…: {exc}"])
