"""Every operation of the OpenAPI document, called in every way that schemathesis can think of."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import Program
from tests.e2e.processes import Embedded

CONFIGURATION = Path(__file__).parents[1] / "schemathesis.toml"
# Some 1,500 calls, in about a minute. The seed makes two runs of the same code make the same calls.
EXAMPLES, SEED, SECONDS = "10", "1", 400


@pytest.mark.timeout(SECONDS + 60)
def test_every_operation_keeps_to_the_document_whatever_it_is_sent(tmp_path):
    system = Embedded(tmp_path / "var", API_RATE_LIMIT="0")
    system.start()
    try:
        with Program(system) as program:
            done = run_schemathesis(system.base, program.token, tmp_path)
    finally:
        system.stop()
    assert done.returncode == 0, done.stdout[-20_000:]
    assert " passed" in done.stdout


def run_schemathesis(base, token, folder):
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(CONFIGURATION), "run",
        f"{base}/api/v1/openapi.json", "--header", f"Authorization: Bearer {token}", "--checks", "all",
        "--max-examples", EXAMPLES, "--seed", SEED, "--continue-on-failure", "--no-color",
    ]  # fmt: skip
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "HYPOTHESIS_STORAGE_DIRECTORY": str(folder)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
