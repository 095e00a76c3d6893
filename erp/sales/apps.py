from django.apps import AppConfig


class SalesConfig(AppConfig):
    name = "erp.sales"

    def ready(self) -> None:
        from erp.sales.webhooks import EVENT_TYPES
        from webhooks.event_types import register

        register(*EVENT_TYPES)
