"""`manage.py generate_env`: the secret variables that production requires, freshly made."""

from typing import Any

from project.local_secrets import new_encryption_key, new_secret_key
from project.management.command import ProjectCommand


class Command(ProjectCommand):
    help = "Print SECRET_KEY and ENCRYPTION_KEYS, freshly made, as NAME=value lines."

    def handle(self, *args: Any, **options: Any) -> None:
        self.say(f"SECRET_KEY={new_secret_key()}")
        self.say(f"ENCRYPTION_KEYS={new_encryption_key()}")
