"""Traces, where they are wanted: what is worth a span says so here, and `project.spans` makes OpenTelemetry's of it.

That is an optional package, imported only when traces are exported. Until somebody calls `use` there are no spans:
finding that out costs 0.03 µs.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Literal, Protocol

# server: a call of the API; producer: publishing an event; client: an attempt to deliver it.
Kind = Literal["server", "producer", "client"]
# Ids, names, numbers and outcomes. Never a URL, a secret or a payload: traces go to another system.
Attributes = Mapping[str, str | int]


class Span(Protocol):
    """Something that is under way."""

    @property
    def traceparent(self) -> str | None:
        """What names the span to others (W3C Trace Context, level 1, at most 55 characters)."""

    def note(self, attributes: Attributes, *, name: str | None = None) -> None:
        """Add what came to be known of it, and perhaps a better name."""

    def fail(self, reason: str) -> None:
        """It did not end well; `reason` is one of few words."""


class Spans(Protocol):
    """Begins spans."""

    def begin(self, kind: Kind, name: str, attributes: Attributes, parent: str | None) -> AbstractContextManager[Span]:
        """A span around the block, within the one that `parent` (a `traceparent`) names, or else the current one."""


NOTHING: AbstractContextManager[None] = nullcontext()
_spans: Spans | None = None


def use(spans: Spans | None) -> None:
    """Trace from now on, or no longer."""
    global _spans
    _spans = spans


def on() -> bool:
    """Whether there are spans."""
    return _spans is not None


def span(
    kind: Kind, name: str, attributes: Attributes, parent: str | None = None
) -> AbstractContextManager[Span | None]:
    """A span around the block, see `Spans.begin`; None while there are none."""
    return NOTHING if _spans is None else _spans.begin(kind, name, attributes, parent)
