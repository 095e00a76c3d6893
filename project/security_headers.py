"""What browsers are told about every page: nothing from elsewhere, nothing inline, no frames, no devices."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

_DIRECTIVES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
_UNUSED = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


class SecurityHeadersMiddleware:
    """Content-Security-Policy, Permissions-Policy, and no copies of the API's answers. Django sets the others."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        # Not every browser takes 'self' for a WebSocket of the same host.
        host = request.META.get("HTTP_HOST", "")
        sockets = f" ws://{host} wss://{host}" if _is_plain(host) else ""
        policy = {**_DIRECTIVES, "connect-src": f"'self'{sockets}"}
        response.headers.setdefault("Content-Security-Policy", "; ".join(" ".join(item) for item in policy.items()))
        response.headers.setdefault("Permissions-Policy", _UNUSED)
        if request.path_info.startswith("/api/"):
            response.headers.setdefault("Cache-Control", "no-store")  # a secret may be in it, this once
        return response


def _is_plain(host: str) -> bool:
    return bool(host) and all(character.isalnum() or character in ".-:[]" for character in host) and host.isascii()
