"""The project's own processes, started as people start them: the embedded one, or web and worker of the Procfile."""

from __future__ import annotations

import json
import os
import queue
import re
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx
from cryptography.fernet import Fernet

from tests.servers import PostgreSQL, Redis, free_port

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
# Far above what anything takes: a machine that is slow does not fail a test, a thing that never happens does.
PATIENCE = 60
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "chromium")
CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync",
]  # fmt: skip


def eventually(look: Callable[[], T | None], what: str) -> T:
    """What `look` returns as soon as it is neither None nor False nor empty."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError(f"it never happened: {what}")


class Process:
    """A started command. What it prints is read all the time and kept."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.lines: list[str] = []
        self._unread: queue.Queue[str] = queue.Queue()
        self.popen = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def wait_for(self, pattern: str) -> re.Match[str]:
        """The first line, of those not looked at yet, that matches."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                line = self._unread.get(timeout=0.1)
            except queue.Empty:
                if self.popen.poll() is not None:
                    break
                continue
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"no line {pattern!r} in:\n" + "".join(self.lines[-40:]))

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        if self.popen.poll() is None:
            self.popen.terminate()
        return self.popen.wait(PATIENCE)

    def kill(self) -> None:
        """SIGKILL to it and its children."""
        if self.popen.poll() is None:
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait(PATIENCE)

    def _read(self) -> None:
        assert self.popen.stdout
        with self.popen.stdout as printed:
            for line in printed:
                self.lines.append(line)
                self._unread.put(line)


class System:
    """A running installation, in either mode. `environment` is what its commands see."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.port = free_port()
        kept = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
        self.environment = {
            **kept,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "DATA_DIR": str(folder),
            "PORT": str(self.port),
            "WEBHOOK_ALLOW_INSECURE_TARGETS": "1",
            **environment,
        }

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        raise NotImplementedError

    def restart_after_kill(self) -> None:
        """SIGKILL to what delivers, and start it again."""
        raise NotImplementedError

    def restart_worker(self) -> None:
        """Stop what delivers by SIGTERM and start it again."""
        raise NotImplementedError

    def stop(self) -> None:
        raise NotImplementedError

    def manage(self, *args: str) -> Any:
        """The JSON document that a command of manage.py prints."""
        done = subprocess.run(
            [sys.executable, "manage.py", *args],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


class Embedded(System):
    """`manage.py serve`, without demo data."""

    def __init__(self, folder: Path, **environment: str) -> None:
        super().__init__(folder, **{"DEMO": "0", **environment})

    def start(self) -> None:
        self.process = Process([sys.executable, "manage.py", "serve"], self.environment)
        self.sign_in = self.process.wait_for(r"^Sign in: (\S+)$")[1]
        self.process.wait_for(rf"^Ready: {self.base}$")

    def restart_after_kill(self) -> None:
        self.process.kill()
        self.start()

    def restart_worker(self) -> None:
        assert self.process.stop() == 0
        self.start()

    def stop(self) -> None:
        assert self.process.stop() == 0


class Production(System):
    """The Procfile's web and worker, on a database of their own."""

    def __init__(self, folder: Path, postgresql: PostgreSQL, redis: Redis, **environment: str) -> None:
        database = f"test_{secrets.token_hex(4)}"
        with postgresql.superuser() as connection:
            connection.execute(f"CREATE DATABASE {database} OWNER app")
        super().__init__(
            folder,
            DATABASE_URL=postgresql.url.rpartition("/")[0] + f"/{database}",
            REDIS_URL=redis.url,
            SECRET_KEY=secrets.token_hex(32),
            ENCRYPTION_KEYS=Fernet.generate_key().decode(),
            ALLOWED_HOSTS="127.0.0.1,localhost",
            INSECURE_COOKIES="1",
            **environment,
        )
        self.procfile = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())

    def start(self) -> None:
        release = self.run("release")
        assert release.popen.wait(PATIENCE) == 0, "".join(release.lines)
        self.web = self.run("web")
        self.start_worker()
        eventually(self.answers, "the web process answers")

    def run(self, entry: str) -> Process:
        """Start a line of the Procfile as a Procfile runner does."""
        return Process(["sh", "-c", "exec " + self.procfile[entry]], self.environment)

    def kill_worker(self) -> None:
        self.worker.kill()

    def restart_after_kill(self) -> None:
        self.kill_worker()
        self.start_worker()

    def restart_worker(self) -> None:
        assert self.worker.stop() == 0
        self.start_worker()

    def stop(self) -> None:
        assert self.worker.stop() == 0
        self.web.stop()

    def start_worker(self) -> None:
        self.worker = self.run("worker")
        self.worker.wait_for("worker_started")

    def answers(self) -> bool:
        """Whether the web process is there and ready."""
        try:
            return httpx.get(f"{self.base}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False


def make(*args: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """`make …` to its end, as from a shell even when the tests themselves were started by make."""
    outer = {name: value for name, value in os.environ.items() if name not in ("MAKELEVEL", "MAKEFLAGS", "MFLAGS")}
    return subprocess.run(
        ["make", *args],
        cwd=ROOT,
        env={**outer, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
        check=False,
    )
