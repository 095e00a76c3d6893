"""`manage.py create_token TENANT_SLUG`: another token of a tenant."""

from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser

from project.config import exit_with
from project.management.command import ProjectCommand, whole_number
from project.tenants import tenant_or_exit
from tenancy import tokens


def number_of_days(text: str) -> int:
    return whole_number(text, least=1, most=36_500, meaning="a whole number of days, from 1 to 36500")


class Command(ProjectCommand):
    help = "Create a token of a tenant. It is shown this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", metavar="TENANT_SLUG")
        parser.add_argument(
            "--scopes",
            default="read,write",
            help=f"comma-separated, of {', '.join(tokens.SCOPES)}; default: read,write",
        )
        parser.add_argument(
            "--expires-days", type=number_of_days, metavar="N", help="days until it expires; default: it does not"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = tenant_or_exit(options["tenant"])
        scopes = [scope.strip() for scope in options["scopes"].split(",") if scope.strip()]
        days = options["expires_days"]
        try:
            token = tokens.issue(tenant, scopes, timedelta(days=days) if days else None)
        except ValueError as exc:
            exit_with([f"--scopes: {exc}"])
        if options["json"]:
            self.say_json({"token": token.secret, "prefix": token.prefix})
        else:
            self.say(f"Token: {token.secret}")
