"""What `manage.py` itself says, before any command runs."""

from __future__ import annotations

import pytest

from tests.integration.commands.manage_py import Manage, assert_one_line_error


def test_an_unknown_command_is_one_line(bare_manage: Manage) -> None:
    assert_one_line_error(bare_manage("bogus"), 2)


@pytest.mark.parametrize("command", ["generate_env", "release", "serve", "create_tenant"])
def test_an_unknown_option_is_one_line(bare_manage: Manage, command: str) -> None:
    assert_one_line_error(bare_manage(command, "--bogus"), 2)


def test_generate_env_needs_no_configuration_and_prints_what_production_requires(bare_manage: Manage) -> None:
    done = bare_manage("generate_env")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split("=")[0] for line in done.stdout.splitlines()] == ["SECRET_KEY", "ENCRYPTION_KEYS"]


def test_release_works_embedded_too(bare_manage: Manage) -> None:
    assert bare_manage("release").returncode == 0
    assert bare_manage("release").stdout.endswith("Released.\n")
