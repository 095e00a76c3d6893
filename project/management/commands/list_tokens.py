"""`manage.py list_tokens TENANT_SLUG`: which tokens a tenant has, and which of them are used."""

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandParser

from project.management.command import ProjectCommand
from project.tenants import tenant_or_exit
from tenancy import tokens
from tenancy.models import ApiToken


class Command(ProjectCommand):
    help = "List the tokens of a tenant, without their secrets."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", metavar="TENANT_SLUG")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        found = [_row(token) for token in tokens.of(tenant_or_exit(options["tenant"]))]
        if options["json"]:
            self.say_json({"items": found})
        for row in [] if options["json"] else found:
            used = row["last_used_at"] or "never"
            self.say(f"{row['prefix']}…  {row['state']}  {','.join(row['scopes'])}  last used {used}")


def _row(token: ApiToken) -> dict[str, Any]:
    return {
        "prefix": token.prefix,
        "scopes": token.scopes,
        "state": _state(token),
        "created_at": _time(token.created_at),
        "expires_at": _time(token.expires_at),
        "revoked_at": _time(token.revoked_at),
        "last_used_at": _time(token.last_used_at),
    }


def _state(token: ApiToken) -> str:
    if token.revoked_at:
        return "revoked"
    return "expired" if token.expires_at and token.expires_at <= datetime.now(UTC) else "good"


def _time(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
