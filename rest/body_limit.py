"""Refuse a request body that is too large before any of it is kept.

The web server spools a whole body to disk before Django is called, so Django's own limit comes too late. Checked by
Content-Length at once, and by counting for bodies that come without one.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings

from rest.problems import API_PREFIX, CONTENT_TYPE, render

TOO_LARGE = 413


class _TooLargeError(Exception):
    pass


def limit_body(application: Any) -> Any:
    """Wrap an ASGI application; bodies under /api/ are bounded by `settings.API_MAX_BODY_BYTES`."""

    async def limited(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if not scope["path"].startswith(API_PREFIX):
            await application(scope, receive, send)
            return
        limit = settings.API_MAX_BODY_BYTES
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if length.isdigit() and int(length) > limit:
            await _refuse(send, limit)
            return
        received = 0

        async def counted() -> Any:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise _TooLargeError
            return message

        try:
            await application(scope, counted, send)
        except _TooLargeError:
            await _refuse(send, limit)

    return limited


async def _refuse(send: Any, limit: int) -> None:
    body = render(TOO_LARGE, f"The request body is larger than {limit} bytes.").content
    headers = [(b"content-type", CONTENT_TYPE.encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": TOO_LARGE, "headers": headers})
    await send({"type": "http.response.body", "body": body})
