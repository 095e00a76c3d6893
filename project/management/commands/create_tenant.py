"""`manage.py create_tenant NAME`: a tenant and its first token."""

from typing import Any

from django.core.management.base import CommandParser
from django.db import IntegrityError, transaction

from project.config import exit_with
from project.management.command import ProjectCommand
from project.tenants import TenantExistsError, create_tenant
from tenancy import tokens


class Command(ProjectCommand):
    help = "Create a tenant and a token with all scopes. The token is shown this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                tenant = create_tenant(options["name"])
                token = tokens.issue(tenant, list(tokens.SCOPES))
        except ValueError as exc:
            exit_with([str(exc)])
        except TenantExistsError as exc:
            exit_with([str(exc)], code=1)
        except IntegrityError:
            exit_with(["another command has just made such a tenant"], code=1)
        if options["json"]:
            self.say_json({"tenant": {"id": str(tenant.id), "slug": tenant.slug}, "token": token.secret})
        else:
            self.say(f"Tenant: {tenant.slug} ({tenant.id})\nToken: {token.secret}")
