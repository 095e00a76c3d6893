from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TenancyConfig(AppConfig):
    name = "tenancy"

    def ready(self) -> None:
        post_migrate.connect(_protect, sender=self, dispatch_uid="tenancy.row_security")


def _protect(**_options: Any) -> None:
    from tenancy import row_security

    row_security.protect()
