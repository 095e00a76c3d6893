"""Limits of the web server itself: how large a request may be, how long it may take to come, in how many pieces it may
come, and how many frames a WebSocket may send.

Daphne takes a body in whole, beyond 100 KB on disk, before it calls the application. Too much is therefore refused
here, by Content-Length before anything is read and by counting what arrives. Pieces are counted because each costs many
times what its bytes do, and all of a read are taken apart before anything else is served: bodies of one-byte chunks or
empty frames would stop the process. `project.asgi` puts the factories in place; Daphne imports that before it listens,
whether `manage.py serve` or the Procfile starts it.
"""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Any

from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from django.conf import settings
from twisted.web.http import HTTPChannel

from rest import problems
from rest.request_ids import API_PREFIX

# After a refusal what still arrives is read and thrown away for this long: a connection that is closed with unread
# bytes is reset, and the client would never see the answer.
LINGER_SECONDS = 2.0
# What Daphne reads as ASCII, and fails at with a traceback when it is not.
ASCII_HEADERS = ("Sec-WebSocket-Protocol", "X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto")
# Pieces of a body are that large on average, once there are many.
MANY_PIECES = 1_000
PIECE_BYTES = 64
# Frames of a WebSocket, control frames and fragments among them: a client of the feed acknowledges ten times a second.
FRAMES_AT_ONCE = 500
FRAMES_A_SECOND = 100
# What may wait behind a handshake that is not answered yet.
MAX_BEFORE_OPEN = 65_536
# Answers to pings pile up where nobody reads them.
PONG_SECONDS = 1.0


class LimitedRequest(WebRequest):
    """A request of at most API_MAX_BODY_BYTES."""

    refused = False
    _received = 0
    _pieces = 0

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
        self._pieces += 1
        if self.refused:
            return
        if self._pieces > MANY_PIECES and self._received < self._pieces * PIECE_BYTES:
            self.refuse(HTTPStatus.BAD_REQUEST, f"The body comes in pieces of less than {PIECE_BYTES} bytes.")
            self.channel.deafen()  # taking apart what still comes is what would cost
        elif self._received > settings.API_MAX_BODY_BYTES:
            self._refuse_size()
        else:
            super().handleContentChunk(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        # Who asks does not choose where the application is mounted.
        self.requestHeaders.removeHeader(b"Daphne-Root-Path")
        if self.refused:
            self.channel.loseConnection()  # nothing is unread: no reset
        elif wrong := [name for name in ASCII_HEADERS if not self._is_ascii(name)]:
            self.refuse(HTTPStatus.BAD_REQUEST, f"{wrong[0]} is not ASCII.")
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
        if not self.uri.startswith(API_PREFIX.encode()):
            super().basic_error(status, status_text, body)
            return
        headers = [(b"Content-Type", problems.CONTENT_TYPE.encode())]
        self.handle_reply({"type": "http.response.start", "status": status, "headers": headers})
        self.handle_reply({"type": "http.response.body", "body": problems.render(status, body).content})

    def _is_ascii(self, name: str) -> bool:
        return b"".join(self.requestHeaders.getRawHeaders(name.encode(), [])).isascii()

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
        self.deafen()

    def deafen(self) -> None:
        """Throw away unread what still comes, and close in LINGER_SECONDS."""
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


class LimitedWebSocket(WebSocketProtocol):
    """A WebSocket that may send so many frames a second. One that sends more is dropped, without a word: to tell it
    would take as long as to read on."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._frames_left = float(FRAMES_AT_ONCE)
        self._counted_at = time.monotonic()
        self._ponged_at = 0.0

    def processData(self) -> bool:
        if self._frames_left < 1 and not self._refill():
            self._drop()
            return False
        more = bool(super().processData())
        if more:
            self._frames_left -= 1
        return more

    def _refill(self) -> bool:
        now = time.monotonic()
        gained = (now - self._counted_at) * FRAMES_A_SECOND
        self._frames_left, self._counted_at = min(FRAMES_AT_ONCE, self._frames_left + gained), now
        return self._frames_left >= 1

    def onPing(self, payload: bytes) -> None:
        # RFC 6455 5.5.3: of several pings only the latest need be answered.
        if time.monotonic() - self._ponged_at >= PONG_SECONDS:
            self._ponged_at = time.monotonic()
            super().onPing(payload)

    def _dataReceived(self, data: bytes) -> None:
        if self.state == self.STATE_CONNECTING and len(self.data) + len(data) > MAX_BEFORE_OPEN:
            self._drop()
        else:
            super()._dataReceived(data)

    def _drop(self) -> None:
        self.data = b""
        self.dropConnection(abort=True)
        self.state = self.STATE_CLOSED


class LimitedWebSocketFactory(WebSocketFactory):
    """Makes limited WebSockets."""

    protocol = LimitedWebSocket


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
