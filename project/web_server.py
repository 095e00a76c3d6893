"""Limits of the web server itself: how large a request may be, and how long it may take to come.

Daphne takes a body in whole, beyond 100 KB on disk, before it calls the application. Too much is therefore refused
here, by Content-Length before anything is read and by counting what arrives. `project.asgi` puts the factory in place;
Daphne imports that before it listens, whether `manage.py serve` or the Procfile starts it.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from daphne.http_protocol import HTTPFactory, WebRequest
from django.conf import settings
from twisted.web.http import HTTPChannel

from rest import problems

# After a refusal what still arrives is read and thrown away for this long: a connection that is closed with unread
# bytes is reset, and the client would never see the answer.
LINGER_SECONDS = 2.0


class LimitedRequest(WebRequest):
    """A request of at most API_MAX_BODY_BYTES."""

    refused = False
    _received = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A connection that was idle before has its full time for this request.
        self.channel.setTimeout(settings.API_REQUEST_SECONDS)

    def gotLength(self, length: int | None) -> None:
        too_large = length is not None and length > settings.API_MAX_BODY_BYTES
        super().gotLength(0 if too_large else length)
        if too_large:
            self._refuse_size()

    def handleContentChunk(self, data: bytes) -> None:
        self._received += len(data)
        if self.refused:
            return
        if self._received > settings.API_MAX_BODY_BYTES:
            self._refuse_size()
        else:
            super().handleContentChunk(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        if self.refused:
            self.channel.loseConnection()  # nothing is unread: no reset
        else:
            if path.startswith((b"http://", b"https://")):  # RFC 9112 3.2.2: as to a proxy, and to be accepted
                path = b"/" + path.partition(b"://")[2].partition(b"/")[2]
            super().requestReceived(command, path, version)

    def refuse(self, status: HTTPStatus, detail: str) -> None:
        """Answer now, send nothing more, and close when the client has done so or LINGER_SECONDS are over."""
        self.refused = True
        # Or "100 Continue" would follow the answer.
        self.requestHeaders.removeHeader(b"Expect")
        self.channel.persistent = False
        self.channel.transport.write(_answer(status, detail))
        self.channel.transport.loseWriteConnection()
        self.channel.setTimeout(LINGER_SECONDS)

    def basic_error(self, status: int, status_text: bytes, body: str) -> None:
        """Daphne's own errors: under /api/ as problems."""
        if not self.uri.startswith(problems.API_PREFIX.encode()):
            super().basic_error(status, status_text, body)
            return
        headers = [(b"Content-Type", problems.CONTENT_TYPE.encode())]
        self.handle_reply({"type": "http.response.start", "status": status, "headers": headers})
        self.handle_reply({"type": "http.response.body", "body": problems.render(status, body).content})

    def _refuse_size(self) -> None:
        limit = settings.API_MAX_BODY_BYTES
        self.refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The request body is larger than {limit} bytes.")


class LimitedChannel(HTTPChannel):
    """A connection on which a request must come in whole within API_REQUEST_SECONDS, however it trickles in."""

    transport: Any
    _deaf = False  # it has been answered that nothing more is read

    def resetTimeout(self) -> None:
        """Not with every byte that arrives: the time is for the whole request."""

    def timeoutConnection(self) -> None:
        request = self.requests[-1] if self.requests else None
        if request is None:
            super().timeoutConnection()
        elif request.refused:
            self.transport.abortConnection()
        else:
            seconds = settings.API_REQUEST_SECONDS
            request.refuse(HTTPStatus.REQUEST_TIMEOUT, f"The request did not come in whole within {seconds:g} s.")

    def headerReceived(self, line: bytes) -> bool:
        try:
            return bool(super().headerReceived(line))
        except ValueError:  # a Content-Length of so many digits that Python will not read it
            self._respondToBadRequestAndDisconnect()
            return False

    def lineLengthExceeded(self, line: bytes) -> None:
        """A request line or header that is longer than Twisted reads."""
        status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE if self.requests else HTTPStatus.REQUEST_URI_TOO_LONG
        what = "A header" if self.requests else "The address"
        self.transport.write(_answer(status, f"{what} is longer than {self.MAX_LENGTH} bytes."))
        self.transport.loseWriteConnection()
        self._deaf = True
        self.setTimeout(LINGER_SECONDS)

    def dataReceived(self, data: bytes) -> None:
        if not self._deaf:
            super().dataReceived(data)

    def _respondToBadRequestAndDisconnect(self) -> None:
        self.transport.write(_answer(HTTPStatus.BAD_REQUEST, "The request is not valid HTTP."))
        self.loseConnection()


class LimitedHTTPFactory(HTTPFactory):
    """Makes limited connections and requests."""

    protocol = LimitedChannel

    def buildProtocol(self, addr: Any) -> Any:
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = LimitedRequest
        protocol.timeOut = settings.API_REQUEST_SECONDS
        return protocol


def _answer(status: HTTPStatus, detail: str) -> bytes:
    """A whole HTTP response, the last one of its connection."""
    body = problems.render(status, detail).content
    lines = [
        f"HTTP/1.1 {status} {status.phrase}",
        f"Content-Type: {problems.CONTENT_TYPE}",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    return "\r\n".join([*lines, "\r\n"]).encode() + body
