"""The real manage.py, run in processes of its own."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
SECONDS = 60


class Manage:
    """Runs `manage.py` in the embedded mode on `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running: list[subprocess.Popen[str]] = []

    def __call__(self, *args: str) -> subprocess.CompletedProcess[str]:
        """Run to the end."""
        return subprocess.run(
            self._command(args),
            cwd=ROOT,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def json(self, *args: str) -> Any:
        """Run a command that must succeed; its whole stdout is one JSON document."""
        done = self(*args)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def start(self, *args: str) -> subprocess.Popen[str]:
        """Start without waiting; what still runs when the test ends is killed."""
        process = subprocess.Popen(
            self._command(args),
            cwd=ROOT,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._running.append(process)
        return process

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """A query on the folder's database."""
        connection = sqlite3.connect(self.folder / "db.sqlite3", timeout=20)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def end(self) -> None:
        for process in self._running:
            if process.poll() is None:
                process.kill()
            process.communicate()

    def _command(self, args: tuple[str, ...]) -> list[str]:
        return [sys.executable, "manage.py", *args]

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "VIRTUAL_ENV")}
        return {**kept, "DATA_DIR": str(self.folder)}


def assert_one_line_error(done: subprocess.CompletedProcess[str], code: int) -> None:
    """The command ended with this exit code, one line on stderr and nothing on stdout."""
    assert done.returncode == code, done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stdout == ""
