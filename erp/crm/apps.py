from django.apps import AppConfig


class CrmConfig(AppConfig):
    name = "erp.crm"

    def ready(self) -> None:
        from erp.crm.webhooks import EVENT_TYPES
        from webhooks.event_types import register

        register(*EVENT_TYPES)
