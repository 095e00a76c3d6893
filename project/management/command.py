"""What the project's own commands share: every error is one line on stderr, and `--json` is one document on stdout."""

from __future__ import annotations

import argparse
import json
import logging
import math
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, connection
from psycopg_pool import PoolTimeout

from project.config import exit_with


class ProjectCommand(BaseCommand):
    """Exit codes: 0 done, 1 failed (also when the database cannot be used), 2 wrong usage."""

    requires_system_checks = ()
    # Whether it goes on when the database is away: then the pool's own words belong in the log.
    long_running = False

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.print_usage = lambda file=None: None  # type: ignore[method-assign]  # a usage error is one line
        return parser

    def execute(self, *args: Any, **options: Any) -> str | None:
        if not self.long_running:
            logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # what it says is in the one line below
        try:
            return super().execute(*args, **options)
        except Error as exc:
            exit_with(
                [f"the database cannot be used: {reason(exc)} (is it running, and was `make release` run?)"], code=1
            )

    def say(self, line: str) -> None:
        """One line on stdout, at once."""
        self.stdout.write(line)
        self.stdout.flush()

    def say_json(self, document: object) -> None:
        """One JSON document on stdout, on a line of its own."""
        self.say(json.dumps(document))


def reason(error: Error) -> str:
    """What is wrong with the database, in one line without a password: host, user and why.

    The pool only says that it waited in vain, so it is asked once more without.
    """
    if isinstance(error.__cause__, PoolTimeout):
        try:
            psycopg.connect(**{k: v for k, v in connection.get_connection_params().items() if k != "pool"}).close()
        except psycopg.Error as exc:
            return " ".join(str(exc).split())
    return " ".join(str(error).split())


def number(text: str, *, least: float, most: float = math.inf, meaning: str) -> float:
    """A finite number of an argument; outside the bounds the usage error says `meaning`."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and least <= value <= most):
        raise argparse.ArgumentTypeError(f"{meaning}, not {text}")
    return value


def whole_number(text: str, *, least: int = 0, most: float = math.inf, meaning: str) -> int:
    """A whole number of an argument; anything else is a usage error that says `meaning`."""
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise argparse.ArgumentTypeError(f"{meaning}, not {text}")
    return int(text)
