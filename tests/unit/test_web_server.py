"""How many frames a WebSocket may send."""

import pytest
from daphne.ws_protocol import WebSocketProtocol

from project import web_server
from project.web_server import FRAMES_A_SECOND, FRAMES_AT_ONCE, MAX_BEFORE_OPEN, LimitedWebSocket


@pytest.fixture
def clock(monkeypatch):
    """Seconds, to be moved on."""
    clock = [1_000.0]
    monkeypatch.setattr(web_server.time, "monotonic", lambda: clock[0])
    return clock


@pytest.fixture
def taken(monkeypatch):
    """What the library was given to take apart: frames as None, and what waits before the socket is open."""
    taken = []
    monkeypatch.setattr(WebSocketProtocol, "processData", lambda _socket: taken.append(None) or True)
    monkeypatch.setattr(WebSocketProtocol, "_dataReceived", lambda _socket, data: taken.append(data))
    return taken


@pytest.fixture
def socket(clock, taken):
    socket = LimitedWebSocket()
    socket.data, socket.state, socket.dropped = b"", LimitedWebSocket.STATE_OPEN, False
    socket.dropConnection = lambda abort: setattr(socket, "dropped", abort)
    return socket


def send(socket, frames):
    """As the library reads: all that has come."""
    for _ in range(frames):
        if not socket.processData() or socket.state == socket.STATE_CLOSED:
            return


def test_a_flood_is_dropped_after_what_may_come_at_once(socket, taken):
    send(socket, FRAMES_AT_ONCE)
    assert not socket.dropped
    send(socket, 1)
    assert (socket.dropped, socket.state, len(taken)) == (True, socket.STATE_CLOSED, FRAMES_AT_ONCE)


def test_who_keeps_the_pace_may_go_on(socket, clock, taken):
    for _ in range(60):
        send(socket, FRAMES_A_SECOND)
        clock[0] += 1
    assert not socket.dropped
    assert len(taken) == 60 * FRAMES_A_SECOND


def test_a_pause_gains_no_more_than_at_first(socket, clock, taken):
    clock[0] += 3_600
    send(socket, 3 * FRAMES_AT_ONCE)
    assert socket.dropped
    assert len(taken) == 2 * FRAMES_AT_ONCE


def test_what_waits_behind_a_handshake_is_bounded(socket, taken):
    socket.state = socket.STATE_CONNECTING
    socket._dataReceived(b"x" * MAX_BEFORE_OPEN)
    assert (socket.dropped, len(taken)) == (False, 1)
    socket.data = b"x"
    socket._dataReceived(b"x" * MAX_BEFORE_OPEN)
    assert (socket.dropped, len(taken)) == (True, 1)


def test_one_ping_a_second_is_answered(socket, clock, monkeypatch):
    answered = []
    monkeypatch.setattr(WebSocketProtocol, "onPing", lambda _socket, payload: answered.append(payload))
    for payload in (b"1", b"2", b"3"):
        socket.onPing(payload)
    clock[0] += 1
    socket.onPing(b"4")
    assert answered == [b"1", b"4"]
