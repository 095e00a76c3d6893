"""What the web server refuses by itself, over real sockets: bodies that are too large, requests that never end."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from django.conf import settings

from tests.servers import free_port

ROOT = Path(__file__).parents[3]
LIMIT = 100_000
SECONDS = 2
PATIENCE = 30
PATH = "/api/v1/tenant/webhooks/subscriptions"
SERVE = [sys.executable, "manage.py", "serve"]
# As in the Procfile.
DAPHNE = [str(Path(sys.executable).with_name("daphne")), "-v", "0", "-b", "127.0.0.1", "-p"]


@pytest.fixture(scope="module", params=["serve", "daphne"] if settings.EMBEDDED else ["daphne"])
def port(request, tmp_path_factory):
    """Of a web server with a small limit and little patience."""
    port = free_port()
    command = SERVE if request.param == "serve" else [*DAPHNE, str(port), "project.asgi:application"]
    limits = {"API_MAX_BODY_BYTES": str(LIMIT), "API_REQUEST_SECONDS": str(SECONDS)}
    folder = tmp_path_factory.mktemp("web")
    environment = {**os.environ, **limits, "PORT": str(port), "DEMO": "0", "DATA_DIR": str(folder)}
    environment.pop("PGOPTIONS", None)
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + PATIENCE
    while not _listens(port) and time.monotonic() < deadline:
        time.sleep(0.05)
    yield port
    server.terminate()
    server.wait(PATIENCE)


def _listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def wire(port):
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as wire:
        yield wire


def head(*lines, path=PATH):
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: localhost", *lines, "", ""]).encode()


def answer(wire):
    """Status, headers and JSON of all that comes until the server has nothing more to say."""
    received = b""
    while chunk := wire.recv(65_536):
        received += chunk
    top, _, body = received.partition(b"\r\n\r\n")
    lines = top.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
    assert int(headers["content-length"]) == len(body)
    return int(lines[0].split()[1]), headers, json.loads(body)


def is_refused(wire, status):
    got, headers, problem = answer(wire)
    assert (got, headers["content-type"], headers["connection"]) == (status, "application/problem+json", "close")
    assert problem["status"] == status
    return problem["detail"]


@pytest.mark.parametrize("more", [(), ("Expect: 100-continue",)])
def test_a_declared_body_that_is_too_large_is_answered_before_it_comes(wire, more):
    wire.sendall(head("Content-Length: 2000000", *more))
    assert str(LIMIT) in is_refused(wire, 413)


def test_who_sends_it_all_the_same_sees_the_answer(port):
    response = httpx.post(f"http://127.0.0.1:{port}{PATH}", content=b"x" * 20 * LIMIT, timeout=PATIENCE)
    assert response.status_code == 413
    assert response.json()["status"] == 413


def test_an_endless_upload_is_cut(wire):
    wire.sendall(head("Transfer-Encoding: chunked"))
    block = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    begun = time.monotonic()
    with suppress(OSError):  # reset or broken pipe, as it happens
        while time.monotonic() - begun < PATIENCE:
            wire.sendall(block)
    assert time.monotonic() - begun < PATIENCE


def test_a_chunked_upload_is_answered_where_it_becomes_too_large(wire):
    wire.sendall(head("Transfer-Encoding: chunked") + b"10000\r\n" + b"x" * 65_536 + b"\r\n")
    wire.sendall(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
    is_refused(wire, 413)


@pytest.mark.parametrize("beginning", [head("Content-Length: 1000"), head("Transfer-Encoding: chunked"), b"POST "])
def test_a_request_that_trickles_in_has_a_deadline(wire, beginning):
    begun = time.monotonic()
    wire.sendall(beginning)
    wire.settimeout(0.2)
    received = None
    while received is None and time.monotonic() - begun < PATIENCE:
        try:
            wire.sendall(b"1")
            received = wire.recv(65_536)
        except TimeoutError:
            continue
        except OSError:
            received = b""
    assert SECONDS - 0.5 < time.monotonic() - begun < SECONDS + 3
    assert received.startswith(b"HTTP/1.1 408 ") or beginning == b"POST "


@pytest.mark.parametrize(
    "line", ["Content-Length: -1", "Content-Length: " + "9" * 5000, "Transfer-Encoding: gzip", "x"]
)
def test_what_is_no_http_is_400(wire, line):
    wire.sendall(head(line))
    is_refused(wire, 400)


@pytest.mark.parametrize(
    ("beginning", "status"),
    [
        (f"GET {PATH}?subscription={'x' * 40_000} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(), 414),
        (head("X-Long: " + "x" * 40_000), 431),
        (head("X-Long: " + "x" * 2_000_000), 431),
    ],
)
def test_a_line_that_is_too_long_is_answered(wire, beginning, status):
    with suppress(OSError):
        wire.sendall(beginning)
    assert "16384" in is_refused(wire, status)


def test_an_address_in_its_absolute_form_is_read(wire, port):
    wire.sendall(f"GET http://127.0.0.1:{port}{PATH} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    status, _, problem = answer(wire)
    assert (status, problem["title"]) == (401, "Unauthorized")


def test_a_body_of_exactly_the_limit_goes_through(port):
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
        for content in (b"x" * LIMIT, iter([b"x" * (LIMIT // 2)] * 2)):
            assert client.post(PATH, content=content).status_code == 401


def test_a_connection_is_kept_between_requests(port):
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
        for _ in range(3):
            response = client.get("/healthz")
            assert response.status_code == 200
            time.sleep(SECONDS * 0.6)
        assert response.extensions["network_stream"].get_extra_info("client_addr")


def test_an_address_that_is_no_ascii_is_a_problem(wire):
    wire.sendall("GET /api/é HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    received = b""
    while chunk := wire.recv(65_536):
        received += chunk
    assert received.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in received


def test_a_body_in_tiny_pieces_is_refused(wire):
    wire.sendall(head("Transfer-Encoding: chunked") + b"1\r\nx\r\n" * 1_100)
    assert "pieces" in is_refused(wire, 400)


def test_a_body_in_pieces_of_some_size_goes_through(port):
    pieces = (b"x" * 70 for _ in range(1_200))
    assert httpx.post(f"http://127.0.0.1:{port}{PATH}", content=pieces, timeout=PATIENCE).status_code == 401


def test_who_asks_does_not_choose_where_the_application_is(port):
    response = httpx.get(f"http://127.0.0.1:{port}/", headers={"Daphne-Root-Path": "/elsewhere"}, timeout=PATIENCE)
    assert response.headers["location"].startswith("/sign-in")


HANDSHAKE = (
    "GET /ws/v1/feed HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade",
    "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
)  # fmt: skip


def handshake(*more):
    return "\r\n".join([*HANDSHAKE, *more, "", ""]).encode("latin-1")


def test_a_protocol_that_is_no_ascii_is_refused(wire):
    wire.sendall(handshake("Sec-WebSocket-Protocol: \xff"))
    assert "ASCII" in is_refused(wire, 400)
