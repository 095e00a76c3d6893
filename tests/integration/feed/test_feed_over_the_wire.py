"""The feed of a running server, and the client that docs/protocol.md prints."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

ROOT = Path(__file__).parents[3]
SECONDS = 30


class Demo:
    """`manage.py serve` with its simulated traffic."""

    def __init__(self, folder):
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env={**kept, "DATA_DIR": str(folder), "PORT": "0", "WEBHOOK_ALLOW_INSECURE_TARGETS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        said = {}
        while "Ready" not in said:
            name, _, value = next(self.process.stdout).partition(": ")
            said[name] = value.strip()
        self.token = said["Token"]
        self.url = said["Ready"].replace("http://", "ws://") + "/ws/v1/feed"

    def connect(self, **headers):
        return connect(self.url, additional_headers=headers, open_timeout=SECONDS)

    def close(self):
        self.process.terminate()
        self.process.communicate(timeout=SECONDS)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    demo = Demo(tmp_path_factory.mktemp("demo"))
    yield demo
    demo.close()


def refusal(opening):
    with pytest.raises(InvalidStatus) as refused:
        opening()
    return refused.value.response.status_code


def test_documented_client_prints_attempts(demo, tmp_path):
    text = (ROOT / "docs" / "protocol.md").read_text()
    (program,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (tmp_path / "feed.py").write_text(program)
    client = subprocess.Popen(
        [sys.executable, "-W", "error", tmp_path / "feed.py"],
        env={**os.environ, "FEED_URL": demo.url, "TOKEN": demo.token},
        stdout=subprocess.PIPE,
        text=True,
    )
    lines = [next(client.stdout).split() for _ in range(5)]
    client.terminate()
    client.communicate(timeout=SECONDS)
    first = int(lines[0][0])
    assert [int(line[0]) for line in lines] == list(range(first, first + 5))
    assert all(len(line) == 4 for line in lines)


def test_socket_without_a_token_is_accepted_and_closed_with_4401(demo):
    with demo.connect() as socket, pytest.raises(ConnectionClosed) as closed:
        socket.recv(SECONDS)
    assert closed.value.rcvd.code == 4401


def test_bad_message_is_explained_before_the_close(demo):
    with demo.connect(Authorization=f"Bearer {demo.token}") as socket:
        assert '"hello"' in socket.recv(SECONDS)
        socket.send("{")
        assert '"bad_message"' in socket.recv(SECONDS)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(SECONDS)
    assert closed.value.rcvd.code == 4400


def test_foreign_origin_and_unknown_path_are_403(demo):
    assert refusal(lambda: demo.connect(Authorization=f"Bearer {demo.token}", Origin="http://evil.example")) == 403
    assert refusal(lambda: connect(demo.url + "s")) == 403


def flood(socket, frame):
    for _ in range(5_000):
        getattr(socket, frame)()
    while True:
        socket.recv(SECONDS)


@pytest.mark.parametrize("frame", ["ping", "pong"])
def test_flood_of_frames_ends_its_socket_and_no_other(demo, frame):
    authorization = {"Authorization": f"Bearer {demo.token}"}
    with demo.connect(**authorization) as other, demo.connect(**authorization) as flooding:
        with pytest.raises(ConnectionClosed) as closed:
            flood(flooding, frame)
        assert closed.value.rcvd is None
        other.send('{"t":"sub"}')
        while json.loads(other.recv(SECONDS))["t"] != "batch":
            pass
