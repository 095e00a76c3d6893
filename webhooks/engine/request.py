"""The webhook request: what is known of a claimed delivery becomes a signed request, complete but for the socket.

No `httpx.Request`: building one and reading its headers back cost a third of what an attempt costs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

import httpx
from yarl import URL

from webhooks.engine.signature import standard_signature, x_signature

USER_AGENT = "GestiqCloud-Webhooks/1.0"


@dataclass(frozen=True, slots=True)
class PendingDispatch:
    """Everything one attempt needs. `secrets` newest first; `timeout` in seconds, for the attempt in all."""

    delivery_id: UUID
    subscription_id: UUID
    event_id: UUID
    event: str
    attempt: int
    url: str
    secrets: tuple[str, ...] = field(repr=False)
    body: bytes = field(repr=False)
    timeout: float


class WebhookRequest(NamedTuple):
    """A POST as it goes out: all of its headers, their names in lower case."""

    url: URL
    headers: dict[str, str]
    body: bytes
    subscription_id: UUID

    def head(self) -> bytes:
        """What goes before the body. `ValueError` when a value would begin another header."""
        lines = [f"POST {self.url.raw_path_qs} HTTP/1.1", *map(": ".join, self.headers.items()), "\r\n"]
        head = "\r\n".join(lines).encode("ascii")
        if not head.count(b"\r") == head.count(b"\n") == len(lines) or b"\0" in head:
            raise ValueError("a header value contains a control character")
        return head


def build(dispatch: PendingDispatch, timestamp: int, traceparent: str | None = None) -> WebhookRequest:
    """Build and sign the request. `timestamp`: seconds since the epoch, the moment of this attempt.

    `traceparent` (W3C Trace Context) names the attempt, where it is traced.
    """
    message_id = str(dispatch.event_id)
    url, host = _target(dispatch.url)
    headers = {
        "host": host,
        "content-type": "application/json",
        "content-length": str(len(dispatch.body)),
        "user-agent": USER_AGENT,
        "accept": "*/*",
        # An answer is kept as it came, so none is invited to be compressed.
        "accept-encoding": "identity",
        "x-signature": x_signature(dispatch.secrets[0], dispatch.body),
        "x-event": dispatch.event,
        "x-attempt": str(dispatch.attempt),
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": standard_signature(dispatch.secrets, message_id, timestamp, dispatch.body),
    }
    if traceparent is not None:
        headers["traceparent"] = traceparent
    return WebhookRequest(url, headers, dispatch.body, dispatch.subscription_id)


@lru_cache(maxsize=4096)
def _target(url: str) -> tuple[URL, str]:
    """The URL as it is dialled and its `Host`. httpx reads it, as it did when the subscription's URL was checked."""
    read = httpx.URL(url)
    return URL(str(read), encoded=True), read.netloc.decode("ascii")
