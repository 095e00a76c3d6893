"""Production refuses to run where row security would bind nobody, and operators still see what they need."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.e2e.conftest import Program
from tests.e2e.processes import PATIENCE, ROOT, Production
from tests.servers import PostgreSQL, Redis

COMMANDS = {
    "release": [sys.executable, "manage.py", "release"],
    "web": ["daphne", "-p", "0", "project.asgi:application"],
    "worker": [sys.executable, "manage.py", "run_huey"],
    "create_tenant": [sys.executable, "manage.py", "create_tenant", "Acme"],
}


def run(system: Production, command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**system.environment, **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def sql(system: Production, statement: str, options: str = "") -> list[tuple[object, ...]]:
    url = system.environment["DATABASE_URL"].replace("postgres://", "postgresql://")
    with psycopg.connect(url, autocommit=True, options=options) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def released(tmp_path: Path, postgresql: PostgreSQL, redis_server: Redis) -> Iterator[Production]:
    system = Production(tmp_path, postgresql, redis_server)
    done = run(system, COMMANDS["release"])
    assert done.returncode == 0, done.stderr
    return system


@pytest.mark.parametrize(
    ("command", "attribute"), [*((command, "SUPERUSER") for command in COMMANDS), ("create_tenant", "BYPASSRLS")]
)
def test_a_role_that_row_security_does_not_bind_is_refused(
    tmp_path: Path, postgresql: PostgreSQL, redis_server: Redis, command: str, attribute: str
) -> None:
    role = f"{attribute.lower()}_{command}"
    with postgresql.superuser() as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN {attribute}")
    system = Production(tmp_path, postgresql, redis_server)
    url = system.environment["DATABASE_URL"].replace("app:app@", f"{role}@")
    done = run(system, COMMANDS[command], DATABASE_URL=url)
    assert done.returncode == 2, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if "error:" in line]
    assert f"the role {role}" in line
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["web", "worker"])
def test_nothing_starts_before_row_security_is_forced(released: Production, command: str) -> None:
    sql(released, "ALTER TABLE webhook_events NO FORCE ROW LEVEL SECURITY")
    done = run(released, COMMANDS[command])
    assert done.returncode == 2, done.stderr
    assert "row security is not forced on webhook_events: run `make release`" in done.stderr
    assert run(released, COMMANDS["release"]).returncode == 0
    forced = "SELECT relforcerowsecurity FROM pg_class WHERE relname = 'webhook_events'"
    assert sql(released, forced) == [(True,)]


@pytest.mark.parametrize("command", ["web", "worker"])
def test_nothing_starts_with_connections_that_are_open_for_all(released: Production, command: str) -> None:
    done = run(released, COMMANDS[command], PGOPTIONS="-c app.all_tenants=on")
    assert done.returncode == 2, done.stderr
    assert "is set for every connection" in done.stderr


def test_the_owner_sees_rows_only_as_documented(tmp_path: Path, postgresql: PostgreSQL, redis_server: Redis) -> None:
    system = Production(tmp_path, postgresql, redis_server)
    system.start()
    try:
        tenants = []
        for name in ("Ours", "Theirs"):
            with Program(system, name) as program:
                program.subscribe("https://hooks.example.com")
                tenants.append(program.tenant_id)
        count = "SELECT count(*) FROM webhook_subscriptions"
        assert sql(system, count) == [(0,)]
        assert sql(system, count, "-c app.all_tenants=on") == [(2,)]
        assert sql(system, count, f"-c app.tenant_id={tenants[0]}") == [(1,)]
    finally:
        system.stop()
