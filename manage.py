#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    if sys.argv[1:2] == ["generate_env"]:
        # It makes what production refuses to start without, so it runs before any configuration is read.
        from django.conf import settings

        from project.management.commands.generate_env import Command

        settings.configure()
        Command().run_from_argv(sys.argv)
        return
    import django
    from django.core.management import execute_from_command_line, get_commands

    django.setup()  # before that, the project's own commands are not known
    wanted = sys.argv[1:2]
    if wanted and not wanted[0].startswith("-") and wanted[0] not in {*get_commands(), "help"}:
        sys.exit(_usage(f"unknown command {wanted[0]}; `manage.py help` lists them"))
    execute_from_command_line(sys.argv)


def _usage(problem: str) -> int:
    """Say what is wrong with the command line; the exit code."""
    sys.stderr.write(f"error: {problem}\n")
    return 2


if __name__ == "__main__":
    main()
