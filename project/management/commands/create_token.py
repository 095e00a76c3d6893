"""`manage.py create_token TENANT_SLUG`: another token of a tenant."""

from typing import Any

from django.core.management.base import CommandParser

from project.config import exit_with
from project.management.command import ProjectCommand
from tenancy import tokens
from tenancy.models import Tenant


class Command(ProjectCommand):
    help = "Create a token of a tenant. It is shown this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", metavar="TENANT_SLUG")
        parser.add_argument(
            "--scopes",
            default="read,write",
            help=f"comma-separated, of {', '.join(tokens.SCOPES)}; default: read,write",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            exit_with([f"there is no tenant {options['tenant']}"], code=1)
        try:
            token = tokens.issue(tenant, [scope.strip() for scope in options["scopes"].split(",") if scope.strip()])
        except ValueError as exc:
            exit_with([f"--scopes: {exc}"])
        if options["json"]:
            self.say_json({"token": token.secret, "prefix": token.prefix})
        else:
            self.say(f"Token: {token.secret}")
