"""`manage.py revoke_token TENANT_SLUG PREFIX`: end a token, from the next request on."""

from typing import Any

from django.core.management.base import CommandParser

from project.config import exit_with
from project.management.command import ProjectCommand
from project.tenants import tenant_or_exit
from tenancy import tokens


class Command(ProjectCommand):
    help = (
        "Revoke a token of a tenant by its prefix, as `list_tokens` shows it. It is refused from the next request on."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", metavar="TENANT_SLUG")
        parser.add_argument("prefix", metavar="PREFIX")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant, prefix = tenant_or_exit(options["tenant"]), options["prefix"].rstrip("…")
        revoked = tokens.revoke(tenant, prefix)
        if not revoked:
            exit_with([f"{tenant.slug} has no token {prefix} that is good"], code=1)
        if options["json"]:
            self.say_json({"revoked": revoked})
        else:
            self.say(f"Revoked: {prefix}")
