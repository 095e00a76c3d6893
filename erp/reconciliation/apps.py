from django.apps import AppConfig


class ReconciliationConfig(AppConfig):
    name = "erp.reconciliation"

    def ready(self) -> None:
        from erp.reconciliation.webhooks import EVENT_TYPES
        from webhooks.event_types import register

        register(*EVENT_TYPES)
