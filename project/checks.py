"""What `check --deploy` and `make release` warn of beside Django's own checks. A warning fails nothing."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register


@register(Tags.security, deploy=True)
def dangerous_settings(**_options: Any) -> list[CheckMessage]:
    """Settings that are for development."""
    found: list[CheckMessage] = []
    if settings.WEBHOOK_ALLOW_INSECURE_TARGETS:
        text = "WEBHOOK_ALLOW_INSECURE_TARGETS=1 lets tenants reach this network, over plain http and on any port."
        found.append(
            Warning(text, hint="Unset it; WEBHOOK_ALLOWED_NETWORKS opens single networks.", id="webhooks.W001")
        )
    if "*" in settings.ALLOWED_HOSTS:
        text = "ALLOWED_HOSTS=* answers to any host name."
        found.append(Warning(text, hint="Name the hosts that people and programs use.", id="webhooks.W002"))
    return found
