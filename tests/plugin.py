"""The environment of a test run, made before Django's settings are read.

Plain `pytest` runs embedded: SQLite and no Redis. `pytest --production` runs on a PostgreSQL and a Redis of its own.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from project.config import Config
from tests.servers import PostgreSQL, Redis

_cleanup: list[Any] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--production", action="store_true", help="run on a real PostgreSQL and Redis, started for it")
    parser.addoption("--chaos", action="store_true", help="the outages with ten times the load; see `make chaos`")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    # What the developer's shell has set must not change what is tested.
    for name in Config.model_fields:
        os.environ.pop(name, None)
    folder = tempfile.mkdtemp(prefix="monitor-tests-")
    Path(folder, "static").mkdir()  # WhiteNoise warns where there is none
    _cleanup.append(lambda: shutil.rmtree(folder, ignore_errors=True))
    os.environ.update(
        DJANGO_SETTINGS_MODULE="project.settings",
        DATA_DIR=folder,
        WEBHOOK_ALLOW_INSECURE_TARGETS="1",
        LOG_LEVEL="ERROR",
    )
    if early_config.known_args_namespace.production:
        _use(PostgreSQL(), Redis())


# Fixtures that run processes in the embedded mode, whatever the mode of the tests.
EMBEDDED_PROCESSES = {"manage", "bare_manage"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The files that take longest begin first, or one process waits for the other at the end. What would only be done
    again with `--production` is left out."""
    if config.option.production:
        again = [item for item in items if EMBEDDED_PROCESSES.intersection(getattr(item, "fixturenames", ()))]
        config.hook.pytest_deselected(items=again)
        items[:] = [item for item in items if item not in again]
    items.sort(key=lambda item: (item.path.name != "test_schemathesis.py", "e2e" not in item.path.parts))


def pytest_unconfigure() -> None:
    while _cleanup:
        _cleanup.pop()()


def _use(postgresql: PostgreSQL, redis: Redis) -> None:
    _cleanup.extend([postgresql.remove, redis.remove])
    os.environ.update(
        DATABASE_URL=postgresql.url,
        REDIS_URL=redis.url,
        SECRET_KEY="a-secret-key-of-the-tests-that-is-long-enough-to-be-one",
        ENCRYPTION_KEYS=Fernet.generate_key().decode(),
        ALLOWED_HOSTS="testserver,localhost,127.0.0.1",
        # Tests look at everything; what is tested says itself whose rows it is about. Processes do not inherit it.
        PGOPTIONS="-c app.all_tenants=on",
    )
