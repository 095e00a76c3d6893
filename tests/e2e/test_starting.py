"""Starting and stopping: what is printed, and what is said when it cannot start. One clear line for each problem."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.e2e.processes import PATIENCE, ROOT, Embedded, Process, Production, eventually, make
from tests.servers import PostgreSQL, Redis, free_port


@pytest.fixture
def embedded(tmp_path: Path) -> Embedded:
    return Embedded(tmp_path / "var")


def errors(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Its lines on stderr, without make's own word about a failed command."""
    return [line for line in done.stderr.splitlines() if not line.startswith("make: ***")]


@pytest.mark.parametrize("stopping", [signal.SIGINT, signal.SIGTERM])
def test_make_run_shows_a_demo_and_stops_cleanly(tmp_path: Path, stopping: signal.Signals) -> None:
    system = Embedded(tmp_path / "var", DEMO="1")
    process = Process(["make", "run"], system.environment)
    process.wait_for(r"^Sign in: http://127\.0\.0\.1:\d+/sign-in/link\?token=\S{40,}$")
    token = process.wait_for(r"^Token: (\S+)$")[1]
    process.wait_for(rf"^Try: curl .*{token}.*/api/v1/tenant/webhooks/deliveries$")
    process.wait_for(rf"^Ready: {system.base}$")
    api = httpx.Client(base_url=system.base, headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE)
    url = "/api/v1/tenant/webhooks/deliveries"
    with api:
        statuses = eventually(
            lambda: {"DELIVERED", "RETRYING"} <= {item["status"] for item in api.get(url).json()["items"]},
            "deliveries arrive, and some are retried",
        )
    assert statuses
    databases = list((tmp_path / "var").glob("*.sqlite3*"))
    assert {database.stat().st_mode & 0o077 for database in databases} == {0}
    # Ctrl-C reaches everyone in the foreground group; a process manager's SIGTERM reaches make alone.
    if stopping is signal.SIGINT:
        os.killpg(process.popen.pid, stopping)
    else:
        process.popen.send_signal(stopping)
    assert process.popen.wait(PATIENCE) == -stopping  # make waits for the server and dies of the signal itself
    with pytest.raises(httpx.ConnectError):
        httpx.get(system.base)
    printed = "".join(process.lines)
    assert "worker_stopped" in printed
    assert not re.search(r"Traceback|\[error|drain_timeout", printed)


def test_a_taken_port_is_one_line(embedded: Embedded) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", embedded.port))
        taken.listen()
        done = make("run", environment=embedded.environment)
    (line,) = errors(done)
    assert line.startswith(f"error: port {embedded.port} is taken")
    assert done.returncode == 2  # make's own code for a failed command


def test_a_data_folder_in_use_is_one_line(embedded: Embedded) -> None:
    embedded.start()
    done = make("run", environment={**embedded.environment, "PORT": str(free_port())})
    embedded.stop()
    (line,) = errors(done)
    assert line.startswith("error: DATA_DIR: another `make run` uses ")


@pytest.mark.parametrize("folder", ["/dev/null/var", "/proc/var"])
def test_an_unusable_data_folder_is_one_line(folder: str) -> None:
    done = make("run", environment={"DATA_DIR": folder, "PORT": str(free_port())})
    (line,) = errors(done)
    assert line.startswith(f"error: DATA_DIR: cannot use {folder}")


def test_one_of_the_two_servers_alone_is_one_line(embedded: Embedded) -> None:
    done = make("release", environment={**embedded.environment, "REDIS_URL": "redis://localhost/0"})
    (line,) = errors(done)
    assert line.startswith("error: DATABASE_URL: ")


def test_a_python_that_is_too_old_is_one_line(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2 && exit 0\nexit 1\n')
    old.chmod(0o755)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "install").write_bytes((ROOT / "bin" / "install").read_bytes())
    (tmp_path / "requirements.txt").write_text("")
    tools = ("dirname", "cat", "cksum", "grep")
    for tool in tools:
        (tmp_path / tool).symlink_to(f"/usr/bin/{tool}")
    done = subprocess.run(
        ["/bin/bash", "bin/install"],
        cwd=tmp_path,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "error: Python 3.11 or newer is needed, and python3 is 3.9.2 (PYTHON=/path/to/python3 names another)"
    ]


def test_an_extra_that_does_not_exist_is_one_line() -> None:
    done = make("install", "EXTRAS=nonsense")
    assert (done.returncode, errors(done)) == (2, ["error: EXTRAS=nonsense: there is only otel"])


@pytest.fixture
def production(tmp_path: Path, postgresql: PostgreSQL, redis_server: Redis) -> Production:
    return Production(tmp_path / "var", postgresql, redis_server)


def test_the_procfile_runs_under_honcho(production: Production) -> None:
    released = make("release", environment=production.environment)
    assert released.returncode == 0, released.stderr
    runner = Process(["honcho", "start", "web", "worker"], production.environment)
    eventually(production.answers, "the web process answers")
    runner.wait_for("worker_started")
    os.killpg(runner.popen.pid, signal.SIGTERM)
    runner.popen.wait(PATIENCE)
    assert any("worker_stopped" in line for line in runner.lines)


@pytest.mark.parametrize("missing", ["SECRET_KEY", "ALLOWED_HOSTS", "ENCRYPTION_KEYS"])
def test_half_configured_production_names_what_is_missing(production: Production, missing: str) -> None:
    del production.environment[missing]
    process = production.run("worker")
    assert process.popen.wait(PATIENCE) == 2
    eventually(lambda: process.lines, "the reason is printed")
    assert [line.split(":")[1].strip() for line in process.lines] == [missing]


def test_a_database_that_is_away_is_one_line(production: Production) -> None:
    production.environment["DATABASE_URL"] = f"postgres://app:app@127.0.0.1:{free_port()}/app"
    done = make("release", environment=production.environment)
    (line,) = errors(done)
    assert line.startswith("error: the database cannot be used: ")
    assert "refused" in line
