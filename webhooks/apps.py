from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "webhooks"

    def ready(self) -> None:
        from webhooks import attempt_log, signals

        signals.attempts_recorded.connect(attempt_log.write, dispatch_uid="webhooks.attempt_log")
