"""`manage.py set_role EMAIL`: what somebody may do in a tenant, or that they may not see it any more."""

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandParser

from project.config import exit_with
from project.management.command import ProjectCommand
from project.tenants import tenant_or_exit
from tenancy.models import Membership, Role
from tenancy.row_security import of_tenant

NONE = "none"


class Command(ProjectCommand):
    help = "Give somebody a role in a tenant, change it, or take it away. Open pages and feeds follow within a minute."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument("--tenant", metavar="SLUG", required=True)
        parser.add_argument("--role", choices=[*(role.value for role in Role), NONE], required=True)
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        email, role, tenant = options["email"].strip().lower(), options["role"], tenant_or_exit(options["tenant"])
        user = get_user_model().objects.filter(username=email).first()
        if user is None:
            exit_with([f"there is no user {email}; make one: manage.py create_user"], code=1)
        with of_tenant(tenant.id):
            if role == NONE:
                Membership.objects.filter(user=user, tenant=tenant).delete()
            else:
                Membership.objects.update_or_create(user=user, tenant=tenant, defaults={"role": role})
        if options["json"]:
            self.say_json({"email": email, "tenant": tenant.slug, "role": None if role == NONE else role})
        else:
            self.say(f"{email}: {role} in {tenant.slug}")
