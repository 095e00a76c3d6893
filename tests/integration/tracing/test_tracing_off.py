"""Without a collector nothing of OpenTelemetry is imported; with one, and without the packages, nothing starts."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.integration.commands.manage_py import ROOT, assert_one_line_error

EVERYTHING = """
import sys
{first}
import project.asgi, project.worker_process
from project import tracing
tracing.start()
from webhooks import publishing, dispatching
print([name for name in sys.modules if name.startswith(("opentelemetry.exporter", "opentelemetry.sdk.trace"))])
"""
WITHOUT_PACKAGES = """
import runpy, sys
sys.modules["{package}"] = None
sys.argv = ["manage.py", "check"]
runpy.run_path("manage.py", run_name="__main__")
"""


def run(tmp_path, program, **environment):
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**kept, "DATA_DIR": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_nothing_is_imported_without_a_collector(tmp_path):
    # The Redis client looks for OpenTelemetry's metrics by itself, where that is installed.
    done = run(tmp_path, EVERYTHING.format(first=""), OTEL_SERVICE_NAME="erp")
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr


def test_nothing_is_needed_without_a_collector(tmp_path):
    done = run(tmp_path, EVERYTHING.format(first='sys.modules["opentelemetry"] = None'))
    assert done.returncode == 0, done.stderr


def test_it_is_imported_with_one(tmp_path):
    done = run(tmp_path, EVERYTHING.format(first=""), OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1")
    assert "opentelemetry.sdk.trace" in done.stdout, done.stderr


@pytest.mark.parametrize("package", ["opentelemetry", "opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http"])
def test_missing_packages_are_one_line_and_exit_code_2(tmp_path, package):
    program = WITHOUT_PACKAGES.format(package=package)
    done = run(tmp_path, program, OTEL_EXPORTER_OTLP_ENDPOINT="http://collector:4318")
    assert_one_line_error(done, 2)
    assert "OTEL_EXPORTER_OTLP_ENDPOINT: traces need packages" in done.stderr
    assert "EXTRAS=otel make install" in done.stderr
