"""`manage.py generate_env`: the secret variables that production requires, freshly made."""

from typing import Any

from django.core.management.base import BaseCommand

from project.local_secrets import new_encryption_key, new_secret_key


class Command(BaseCommand):
    help = "Print SECRET_KEY and ENCRYPTION_KEYS, freshly made, as NAME=value lines."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"SECRET_KEY={new_secret_key()}")
        self.stdout.write(f"ENCRYPTION_KEYS={new_encryption_key()}")
