"""`manage.py create_user EMAIL`: somebody who may sign in to the monitor."""

import secrets
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser
from django.core.validators import validate_email
from django.db import transaction

from project.config import exit_with
from project.management.command import ProjectCommand
from project.tenants import tenant_or_exit
from tenancy.models import Membership, Role
from tenancy.row_security import of_tenant


class Command(ProjectCommand):
    help = "Create somebody who may sign in, with a password that is shown this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument("--tenant", metavar="SLUG", help="the tenant whose monitor they may see")
        parser.add_argument("--role", choices=[role.value for role in Role], help="what they may do there")
        parser.add_argument("--staff", action="store_true", help="they may see and do everything in every tenant")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        email = options["email"].strip().lower()
        try:
            validate_email(email)
        except ValidationError:
            exit_with([f"{email} is no e-mail address"])
        if not options["staff"] and not (options["tenant"] and options["role"]):
            exit_with(["--tenant and --role are required, except with --staff"])
        if bool(options["tenant"]) != bool(options["role"]):
            exit_with(["--tenant and --role go together"])
        tenant = tenant_or_exit(options["tenant"]) if options["tenant"] else None
        users, password = get_user_model(), secrets.token_urlsafe(18)
        with transaction.atomic():
            if users.objects.filter(username=email).exists():
                exit_with([f"there is a user {email} already"], code=1)
            user = users.objects.create_user(username=email, email=email, password=password)
            user.is_staff = options["staff"]
            user.save(update_fields=["is_staff"])
            if tenant:
                with of_tenant(tenant.id):
                    Membership.objects.create(user=user, tenant=tenant, role=options["role"])
        if options["json"]:
            self.say_json({"email": email, "password": password})
        else:
            self.say(f"E-mail address: {email}")
            self.say(f"Password: {password}")
