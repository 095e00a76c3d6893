"""`manage.py rotate_encryption_keys`: after a new key was put first in ENCRYPTION_KEYS."""

from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from project import key_rotation
from project.config import exit_with
from project.management.command import ProjectCommand


class Command(ProjectCommand):
    help = (
        "Encrypt everything at rest anew under the first of ENCRYPTION_KEYS. Put a new key before the old ones and "
        "restart web and workers first; when this has succeeded, the old ones can be dropped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        rotation = key_rotation.rotate()
        if options["json"]:
            self.say_json(asdict(rotation))
        else:
            self.say(f"{rotation.checked} values checked, {rotation.reencrypted} encrypted anew")
        if rotation.unreadable:
            exit_with([f"{rotation.unreadable} values can be read with none of ENCRYPTION_KEYS"], code=1)
