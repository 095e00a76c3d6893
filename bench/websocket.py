"""Just enough of WebSocket for clients that must be cheap, or slow: no compression, short messages to the server."""

from __future__ import annotations

from collections.abc import Iterator

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
# Of a frame's two first bytes.
_OPCODE, _LENGTH = 0x0F, 0x7F
_REQUEST = (
    "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: c2xvdyByZWFkZXJzICAgIA==\r\nAuthorization: Bearer {token}\r\n\r\n"
)


def request(host: str, path: str, token: str) -> bytes:
    """The upgrade; what is answered to it begins with `ACCEPTED`."""
    return _REQUEST.format(host=host, path=path, token=token).encode()


ACCEPTED = b"HTTP/1.1 101 "


def masked(payload: bytes, opcode: int = TEXT) -> bytes:
    """A frame of a client, of at most 125 bytes; a mask of zeros is one."""
    return bytes([0x80 | opcode, 0x80 | len(payload)]) + bytes(4) + payload


def frames(received: bytearray) -> Iterator[tuple[int, bytes]]:
    """Opcode and payload of the server's whole frames, which go from `received`."""
    begin = 0
    while len(received) >= begin + 2:
        length, start = received[begin + 1] & _LENGTH, begin + 2
        if length >= 126:
            start += 2 if length == 126 else 8
            length = int.from_bytes(received[begin + 2 : start])
        if len(received) < start + length:
            break
        yield received[begin] & _OPCODE, bytes(received[start : start + length])
        begin = start + length
    del received[:begin]


def close_code(payload: bytes) -> int | None:
    """The code in a close frame."""
    return int.from_bytes(payload[:2]) if len(payload) >= 2 else None
