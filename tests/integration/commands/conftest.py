"""Each test has its own folder, with a migrated SQLite database or without."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.commands.manage_py import Manage


@pytest.fixture(scope="session")
def migrated_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("migrated")
    done = Manage(folder)("migrate", "--verbosity=0", "--skip-checks")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def manage(tmp_path: Path, migrated_folder: Path) -> Iterator[Manage]:
    manage = Manage(tmp_path / "var")
    shutil.copytree(migrated_folder, manage.folder)
    yield manage
    manage.end()


@pytest.fixture
def bare_manage(tmp_path: Path) -> Iterator[Manage]:
    """A folder without a database."""
    manage = Manage(tmp_path / "bare")
    yield manage
    manage.end()
