"""One attempt: build and sign the request, send it, decide what comes next."""

from __future__ import annotations

import random
import time
from contextlib import AbstractContextManager
from dataclasses import replace

import httpx
import structlog

from rest import tracing
from rest.tracing import Span
from webhooks.claiming import Claim
from webhooks.engine.outcome import AttemptResult, Outcome
from webhooks.engine.request import build
from webhooks.engine.retry import decide
from webhooks.engine.sender import Sender
from webhooks.recording import Finished

logger = structlog.get_logger(__name__)


async def attempt(claim: Claim, sender: Sender) -> Finished:
    """Make the attempt. Whatever goes wrong is its outcome: nothing but a cancellation escapes."""
    with _span_of(claim) as span:
        finished = await _attempt(claim, sender, span.traceparent if span else None)
        if span is not None:
            _note(span, finished.result)
    return finished


def _span_of(claim: Claim) -> AbstractContextManager[Span | None]:
    """A span within that of the publishing, whichever attempt it is."""
    if not tracing.on():  # before the attributes are put together
        return tracing.NOTHING
    row = claim.row
    attributes: dict[str, str | int] = {
        "webhook.delivery.id": str(row.id),
        "webhook.subscription.id": str(row.subscription_id),
        "webhook.event.id": str(row.event_id),
        "webhook.event.type": row.event,
        "webhook.attempt": row.attempt,
        "tenant.id": str(row.tenant_id),
    }
    if claim.request_id:
        attributes["request.id"] = claim.request_id
    return tracing.span("client", f"deliver {row.event}", attributes, claim.traceparent)


def _note(span: Span, result: AttemptResult) -> None:
    span.note({"webhook.outcome": str(result.outcome)})
    if result.http_status is not None:
        span.note({"http.response.status_code": result.http_status})
    if result.outcome is not Outcome.SUCCESS:
        span.fail(str(result.outcome))


async def _attempt(claim: Claim, sender: Sender, traceparent: str | None) -> Finished:
    started_at = time.time()
    try:
        result = await _send(claim, sender, traceparent)
    except Exception as exc:
        logger.exception("attempt_crashed", delivery_id=str(claim.row.id))
        result = _unsent(started_at, f"other: {type(exc).__name__} in the sender")
    if not claim.keep_body:
        result = replace(result, response_body="")
    row = claim.row
    decision = decide(
        outcome=result.outcome,
        http_status=result.http_status,
        retries_spent=row.attempt - 1 - row.abandoned_count,
        schedule=claim.schedule,
        retry_after=result.retry_after,
        abandoned_count=row.abandoned_count,
        random=random.random,
    )
    retry_at = None if decision.delay is None else time.time() + decision.delay
    return Finished(
        row,
        result,
        decision,
        claim.max_attempts,
        retry_at,
        claim.probe,
        sent=claim.dispatch is not None,
        request_id=claim.request_id,
    )


async def _send(claim: Claim, sender: Sender, traceparent: str | None) -> AttemptResult:
    if claim.dispatch is None:
        return _unsent(time.time(), f"other: {claim.unsendable}")
    try:
        request = build(claim.dispatch, int(time.time()), traceparent)
    except (ValueError, httpx.InvalidURL):  # saved before such URLs were refused
        return _unsent(time.time(), "other: the URL cannot be called")
    return await sender.send(request, timeout=claim.dispatch.timeout)


def _unsent(started_at: float, error: str) -> AttemptResult:
    return AttemptResult(
        outcome=Outcome.OTHER,
        http_status=None,
        error=error,
        started_at=started_at,
        duration_ms=0,
        request_headers={},
        response_headers={},
        response_body="",
        response_truncated=False,
        retry_after=None,
    )
