"""PostgreSQL, Redis, Prometheus and Alertmanager of the tests' own, on free ports and in folders of their own: nothing
stays behind.

PostgreSQL refuses to run as root, so as root it runs as the user `postgres` or `nobody`.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import redis

SECONDS = 60
S = TypeVar("S", bound="Server")


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A process that can be stopped, killed and started again on the same port with the same data."""

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="monitor-tests-"))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self.as_user()
        )
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                return self.ping()
            except Exception:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                time.sleep(0.05)

    def stop(self) -> None:
        self._end(signal.SIGINT)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def send(self, signum: int) -> None:
        """SIGSTOP keeps it from answering, SIGCONT lets it go on."""
        assert self._process
        self._process.send_signal(signum)

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self, signum: int) -> None:
        if self._process:
            self._process.send_signal(signum)
            self._process.wait(SECONDS)
            self._process = None

    def as_user(self) -> dict[str, Any]:
        return {}

    def command(self) -> list[str]:
        raise NotImplementedError

    def ping(self) -> None:
        raise NotImplementedError


class PostgreSQL(Server):
    """`url` signs in an ordinary role that owns the database and may create others (the test database)."""

    options: tuple[str, ...] = ("fsync=off", "full_page_writes=off", "max_connections=200")

    def __init__(self) -> None:
        super().__init__()
        self.url = f"postgres://app:app@127.0.0.1:{self.port}/app"
        owner = self.as_user()
        if owner:
            os.chown(self.folder, owner["user"], owner["group"])
        self._run("initdb", "-D", str(self.folder), "-U", "super", "-A", "trust", "--no-sync")
        self.start()
        with self.superuser() as connection:
            connection.execute("CREATE ROLE app LOGIN PASSWORD 'app' CREATEDB NOSUPERUSER NOBYPASSRLS")
            connection.execute("CREATE DATABASE app OWNER app")

    def superuser(self) -> psycopg.Connection:
        """A connection that may do everything."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="super", dbname="postgres", autocommit=True, connect_timeout=5
        )

    def command(self) -> list[str]:
        options = [*self.options, f"unix_socket_directories={self.folder}"]
        settings = [part for option in options for part in ("-c", option)]
        return [_postgres("postgres"), "-D", str(self.folder), "-p", str(self.port), "-h", "127.0.0.1", *settings]

    def ping(self) -> None:
        self.superuser().close()

    def as_user(self) -> dict[str, Any]:
        if os.geteuid() != 0:
            return {}
        for name in ("postgres", "nobody"):
            with contextlib.suppress(KeyError):
                entry = pwd.getpwnam(name)
                return {"user": entry.pw_uid, "group": entry.pw_gid}
        raise RuntimeError("PostgreSQL does not run as root, and there is no user postgres or nobody")

    def _run(self, program: str, *args: str) -> None:
        subprocess.run(
            [_postgres(program), *args], check=True, capture_output=True, timeout=SECONDS, cwd="/", **self.as_user()
        )


class DurablePostgreSQL(PostgreSQL):
    """Waits for the disk at each commit, as an installation does."""

    options = ("max_connections=200",)


class Redis(Server):
    """Without persistence, as many deployments have it: a restart loses everything in it."""

    def __init__(self) -> None:
        super().__init__()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def command(self) -> list[str]:
        return ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]

    def ping(self) -> None:
        with redis.Redis.from_url(self.url, socket_timeout=2) as client:
            client.ping()


class HttpServer(Server):
    """One that says at `/-/ready` that it is."""

    def __init__(self) -> None:
        super().__init__()
        self.url = f"http://127.0.0.1:{self.port}"

    def ping(self) -> None:
        with urllib.request.urlopen(f"{self.url}/-/ready", timeout=2):
            pass


class Prometheus(HttpServer):
    """Scrapes one address each second; `history` is what it knows from before, in OpenMetrics with times. `config` is
    added to its configuration; rules are evaluated each second, too."""

    def __init__(self, target: str, history: str = "", config: dict[str, Any] | None = None) -> None:
        super().__init__()
        scrape = {"job_name": "webhooks", "static_configs": [{"targets": [target]}]}
        every_second = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        given = config or {}
        written = {"scrape_configs": [scrape], **given, "global": {**given.get("global", {}), **every_second}}
        (self.folder / "config.yml").write_text(json.dumps(written))  # JSON is YAML
        if history:
            (self.folder / "history").write_text(history)
            backfill = ("tsdb", "create-blocks-from", "openmetrics", "history", "data")
            subprocess.run(["promtool", *backfill], check=True, capture_output=True, timeout=SECONDS, cwd=self.folder)
        self.start()

    def command(self) -> list[str]:
        options = {
            "config.file": self.folder / "config.yml",
            "storage.tsdb.path": self.folder / "data",
            "web.listen-address": f"127.0.0.1:{self.port}",
            # Otherwise an alert that goes on firing is sent again after a minute at the earliest.
            "rules.alert.resend-delay": "2s",
        }
        return ["prometheus", *(f"--{name}={value}" for name, value in options.items())]


class Alertmanager(HttpServer):
    """Runs that configuration file."""

    def __init__(self, config: Path) -> None:
        super().__init__()
        self.config = config
        self.start()

    def command(self) -> list[str]:
        # Debian's package names it otherwise than its makers.
        program = shutil.which("prometheus-alertmanager") or "alertmanager"
        options = {
            "config.file": self.config,
            "storage.path": self.folder / "data",
            "web.listen-address": f"127.0.0.1:{self.port}",
            "cluster.listen-address": "",
        }
        return [program, *(f"--{name}={value}" for name, value in options.items())]


@contextlib.contextmanager
def running(server: type[S]) -> Iterator[S]:
    """The server, started; removed at the end."""
    started = server()
    try:
        yield started
    finally:
        started.remove()


def _postgres(program: str) -> str:
    """Debian keeps PostgreSQL's programs off the PATH; the newest version wins."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), key=lambda path: int(path.parts[-3]))
    return str(found[-1]) if found else program
