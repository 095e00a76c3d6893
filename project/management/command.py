"""What the project's own commands share: every error is one line on stderr, and `--json` is one document on stdout."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import Error

from project.config import exit_with


class ProjectCommand(BaseCommand):
    """Exit codes: 0 done, 1 failed (also when the database cannot be used), 2 wrong usage."""

    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.print_usage = lambda file=None: None  # type: ignore[method-assign]  # a usage error is one line
        return parser

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except Error as exc:
            reason = " ".join(str(exc).split())
            exit_with([f"the database cannot be used: {reason} (is it running, and was `make release` run?)"], code=1)

    def say(self, line: str) -> None:
        """One line on stdout, at once."""
        self.stdout.write(line)
        self.stdout.flush()

    def say_json(self, document: object) -> None:
        """One JSON document on stdout, on a line of its own."""
        self.say(json.dumps(document))
