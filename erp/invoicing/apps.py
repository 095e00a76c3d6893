from django.apps import AppConfig


class InvoicingConfig(AppConfig):
    name = "erp.invoicing"

    def ready(self) -> None:
        from erp.invoicing.webhooks import EVENT_TYPES
        from webhooks.event_types import register

        register(*EVENT_TYPES)
