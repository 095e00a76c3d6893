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
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
