"""Refuse a request body that is too large before Django makes its copy of it.

Django spools a whole body to disk before its own limit is looked at, and that limit goes by Content-Length alone.
Checked here by Content-Length at once, and by counting for bodies that come without one. Daphne takes a body in whole
before it calls the application at all: what stops an endless upload is the proxy in front.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings

from rest.problems import API_PREFIX, CONTENT_TYPE, render

TOO_LARGE = 413
MOST_DIGITS = 18


def limit_body(application: Any) -> Any:
    """Wrap an ASGI application; bodies under /api/ are bounded by `settings.API_MAX_BODY_BYTES`."""

    async def limited(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if not scope["path"].startswith(API_PREFIX):
            await application(scope, receive, send)
            return
        limit = settings.API_MAX_BODY_BYTES
        length = dict(scope["headers"]).get(b"content-length", b"0")
        # By the number of digits first: Python refuses to read a number of thousands of them.
        if length.isdigit() and (len(length) > MOST_DIGITS or int(length) > limit):
            await _refuse(send, limit)
            return
        received = 0

        async def counted() -> Any:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            # As if the client had hung up: Django lets go of what it has read, and answers nothing.
            return message if received <= limit else {"type": "http.disconnect"}

        await application(scope, counted, send)
        if received > limit:
            await _refuse(send, limit)

    return limited


async def _refuse(send: Any, limit: int) -> None:
    body = render(TOO_LARGE, f"The request body is larger than {limit} bytes.").content
    headers = [(b"content-type", CONTENT_TYPE.encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": TOO_LARGE, "headers": headers})
    await send({"type": "http.response.body", "body": body})
