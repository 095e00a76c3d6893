"""`receiver`: a real receiver that verifies what it gets. Requests are signed here, by other code than sends them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import signal
import socket
import subprocess
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from standardwebhooks import Webhook

from tests.integration.commands.manage_py import Manage, assert_one_line_error

WHSEC = "whsec_" + base64.b64encode(bytes(range(32))).decode()
BODY = b'{"id":"evt-1","data":{"amount":"12.50"}}'


def _started(manage: Manage, *args: str) -> tuple[subprocess.Popen[str], int]:
    process = manage.start("receiver", "--port", "0", *args)
    assert process.stderr
    line = process.stderr.readline()
    assert line.startswith("Listening on http://127.0.0.1:"), line + process.stderr.read()
    return process, urlsplit(line.split()[-1]).port or 0


def _headers(secret: str, *, at: float | None = None, body: bytes = BODY) -> dict[str, str]:
    at = at or time.time()
    if secret.startswith("whsec_"):
        standard = Webhook(secret).sign("evt-1", datetime.fromtimestamp(at, UTC), body.decode())
    else:
        signed = f"evt-1.{int(at)}.".encode() + body
        standard = "v1," + base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": "evt-1",
        "webhook-timestamp": str(int(at)),
        "webhook-signature": standard,
        "X-Signature": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
        "X-Event": "payment.received",
        "X-Attempt": "2",
    }


def _post(port: int, headers: dict[str, str], body: bytes = BODY) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("POST", "/hook", body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def _line(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout
    line: dict[str, Any] = json.loads(process.stdout.readline())
    return line


@pytest.mark.parametrize("secret", [WHSEC, "a plain secret"])
def test_a_genuine_request_is_verified(bare_manage: Manage, secret: str) -> None:
    process, port = _started(bare_manage, "--secret", secret)
    assert _post(port, _headers(secret)) == 200
    assert _line(process) == {
        "id": "evt-1",
        "event": "payment.received",
        "attempt": 2,
        "verified": True,
        "status": 200,
    }


def test_a_request_signed_with_two_secrets_is_verified_by_either(bare_manage: Manage) -> None:
    process, port = _started(bare_manage, "--secret", WHSEC)
    headers = _headers(WHSEC)
    headers["webhook-signature"] = "v1,b2xkZXI= " + headers["webhook-signature"]
    _post(port, headers)
    assert _line(process)["verified"] is True


def test_a_request_that_was_tampered_with_is_not_verified(bare_manage: Manage) -> None:
    process, port = _started(bare_manage, "--secret", WHSEC)
    genuine = _headers(WHSEC)
    without_one = [
        {name: value for name, value in genuine.items() if name != gone}
        for gone in ("X-Signature", "webhook-signature")
    ]
    forged = [
        _headers("another secret"),
        _headers(WHSEC, at=time.time() - 3600),
        {**genuine, "webhook-id": "evt-2"},
        {**genuine, "webhook-timestamp": str(int(time.time()) - 1)},
        *without_one,
    ]
    for headers in forged:
        _post(port, headers)
        assert _line(process)["verified"] is False, headers
    _post(port, genuine, BODY.replace(b"12.50", b"99.50"))
    assert _line(process)["verified"] is False


def test_without_a_secret_nothing_is_judged(bare_manage: Manage) -> None:
    process, port = _started(bare_manage)
    _post(port, {"X-Attempt": "first"})
    assert _line(process) == {"id": None, "event": None, "attempt": None, "verified": None, "status": 200}


def test_a_connection_is_kept_for_the_next_request(bare_manage: Manage) -> None:
    _, port = _started(bare_manage)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for _ in range(3):
        connection.request("POST", "/hook", BODY)
        assert connection.getresponse().read()
        assert connection.sock is not None
    connection.close()


def test_the_wanted_share_fails(bare_manage: Manage) -> None:
    process, port = _started(bare_manage, "--fail-rate", "1")
    assert _post(port, {}) == 500
    assert _line(process)["status"] == 500


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly_even_with_a_request_under_way(bare_manage: Manage, signum: signal.Signals) -> None:
    process, port = _started(bare_manage, "--latency", "600")
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
        assert _line(process)["status"] == 200
        process.send_signal(signum)
        stdout, stderr = process.communicate(timeout=30)
    assert (process.returncode, stdout, stderr) == (0, "", "")


def test_it_needs_no_database(bare_manage: Manage) -> None:
    _started(bare_manage)
    assert not (bare_manage.folder / "db.sqlite3").exists()


def test_a_taken_port_is_one_line(bare_manage: Manage) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = bare_manage("receiver", "--port", str(taken.getsockname()[1]))
    assert_one_line_error(done, 1)


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["--port", "70000"],
        ["--port", "x"],
        ["--port", "0", "--fail-rate", "1.5"],
        ["--port", "0", "--latency", "-1"],
        ["--port", "0", "--secret", "whsec_@@"],
        ["--port", "0", "--secret", ""],
    ],
)
def test_wrong_usage_is_one_line(bare_manage: Manage, args: list[str]) -> None:
    assert_one_line_error(bare_manage("receiver", *args), 2)
