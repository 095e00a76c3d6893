from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "project"

    def ready(self) -> None:
        from project import checks as _checks  # noqa: F401  # registers them
        from project import database_role

        database_role.watch()
