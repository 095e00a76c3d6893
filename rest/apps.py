from django.apps import AppConfig


class RestConfig(AppConfig):
    name = "rest"

    def ready(self) -> None:
        from rest import tasks  # noqa: F401  # importing it tells Huey of the periodic task
