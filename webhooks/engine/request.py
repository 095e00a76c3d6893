"""The webhook request: what is known of a claimed delivery becomes a signed `httpx.Request`."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

import httpx

from webhooks.engine.signature import standard_signature, x_signature

USER_AGENT = "GestiqCloud-Webhooks/1.0"


@dataclass(frozen=True, slots=True)
class PendingDispatch:
    """Everything one attempt needs. `secrets` newest first; `timeout` in seconds, for the attempt in all."""

    delivery_id: UUID
    event_id: UUID
    event: str
    attempt: int
    url: str
    secrets: tuple[str, ...] = field(repr=False)
    body: bytes = field(repr=False)
    timeout: float


def build(dispatch: PendingDispatch, timestamp: int) -> httpx.Request:
    """Build and sign the request. `timestamp`: seconds since the epoch, the moment of this attempt."""
    message_id = str(dispatch.event_id)
    return httpx.Request(
        "POST",
        _url(dispatch.url),
        headers={
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            "Accept": "*/*",
            # An answer is kept as it came, so none is invited to be compressed.
            "Accept-Encoding": "identity",
            "X-Signature": x_signature(dispatch.secrets[0], dispatch.body),
            "X-Event": dispatch.event,
            "X-Attempt": str(dispatch.attempt),
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": standard_signature(dispatch.secrets, message_id, timestamp, dispatch.body),
        },
        content=dispatch.body,
    )


@lru_cache(maxsize=4096)
def _url(url: str) -> httpx.URL:
    return httpx.URL(url)
