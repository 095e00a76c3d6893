"""What a client may say, parsed and checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from monitor.feed.filtering import Filter, FilterError
from monitor.feed.limits import MAX_MESSAGE_CHARACTERS

FRAME_MILLISECONDS = (100, 5_000)
MAX_NUMBER = 2**53 - 1


class BadMessageError(ValueError):
    """A message this server cannot act on; `code` goes into the `err` frame before the close with 4400."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True, slots=True)
class Subscribe:
    """`sub`: begin. `cursor` is the last number the client knows, of `epoch`; `frame_seconds` 0 sends at once."""

    filter: Filter
    cursor: int | None
    epoch: str | None
    frame_seconds: float


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """`ack`: everything up to `to` has been taken in."""

    to: int


@dataclass(frozen=True, slots=True)
class Ping:
    """`ping`: answer with a heartbeat."""


Message = Subscribe | Acknowledge | Ping


def parse(text: str | None) -> Message:
    """The message in a text frame (None for a binary one). Raises BadMessageError."""
    if text is None or len(text) > MAX_MESSAGE_CHARACTERS:
        raise BadMessageError("bad_message", f"messages are JSON text of at most {MAX_MESSAGE_CHARACTERS} characters")
    try:
        message = orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError) as exc:
        raise BadMessageError("bad_message", "not JSON") from exc
    if not isinstance(message, dict):
        raise BadMessageError("bad_message", "not an object")
    match message.pop("t", None):
        case "sub":
            return _subscribe(message)
        case "ack":
            return _acknowledge(message)
        case "ping":
            return Ping()
    raise BadMessageError("bad_message", "t: must be sub, ack or ping")


def _subscribe(message: dict[str, Any]) -> Subscribe:
    if unknown := sorted(message.keys() - {"filter", "cursor", "epoch", "frame_ms"}):
        raise BadMessageError("bad_message", f"{unknown[0][:50]}: unknown key of sub")
    try:
        wanted = Filter.parse(message.get("filter"))
    except FilterError as exc:
        raise BadMessageError("bad_filter", str(exc)) from exc
    epoch, frame_ms = message.get("epoch"), message.get("frame_ms")
    if not isinstance(epoch, str | None):
        raise BadMessageError("bad_message", "epoch: must be the text that hello or reset gave")
    least, most = FRAME_MILLISECONDS
    if frame_ms is not None and not (_is_number(frame_ms) and least <= frame_ms <= most):
        raise BadMessageError("bad_message", f"frame_ms: must be a whole number from {least} to {most}")
    cursor = message.get("cursor")
    if cursor is not None and not _is_number(cursor):
        raise BadMessageError("bad_message", "cursor: must be a whole number from 0")
    return Subscribe(wanted, cursor, epoch, (frame_ms or 0) / 1000)


def _acknowledge(message: dict[str, Any]) -> Acknowledge:
    if not _is_number(message.get("to")):
        raise BadMessageError("bad_message", "to: must be a whole number from 0")
    return Acknowledge(message["to"])


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_NUMBER
