"""One attempt: build and sign the request, send it, decide what comes next."""

from __future__ import annotations

import random
import time
from dataclasses import replace

import httpx
import structlog

from webhooks.claiming import Claim
from webhooks.engine.outcome import AttemptResult, Outcome
from webhooks.engine.request import build
from webhooks.engine.retry import decide
from webhooks.engine.sender import Sender
from webhooks.recording import Finished

logger = structlog.get_logger(__name__)


async def attempt(claim: Claim, sender: Sender) -> Finished:
    """Make the attempt. Whatever goes wrong is its outcome: nothing but a cancellation escapes."""
    started_at = time.time()
    try:
        result = await _send(claim, sender)
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


async def _send(claim: Claim, sender: Sender) -> AttemptResult:
    if claim.dispatch is None:
        return _unsent(time.time(), f"other: {claim.unsendable}")
    try:
        request = build(claim.dispatch, int(time.time()))
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
