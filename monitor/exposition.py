"""`/metrics`, in the web process and, where it is wanted, in the worker."""

from __future__ import annotations

import hmac

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import exposition

from webhooks.metrics.exposition import registry

REFUSAL = "metrics need the bearer token METRICS_TOKEN\n"


def allowed(authorization: str) -> bool:
    """Whether the value of that header opens the metrics. Without METRICS_TOKEN they are open."""
    wanted = f"Bearer {settings.METRICS_TOKEN}"
    return not settings.METRICS_TOKEN or hmac.compare_digest(authorization.encode(), wanted.encode())


def told(accept: str) -> tuple[bytes, str]:
    """The metrics and their content type: Prometheus's text, or OpenMetrics for who asks for it."""
    encode, content_type = exposition.choose_encoder(accept)
    return encode(registry()), content_type


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """All processes' metrics; with METRICS_TOKEN only to its bearer."""
    if not allowed(request.headers.get("Authorization", "")):
        return HttpResponse(REFUSAL, status=401, content_type="text/plain", headers={"WWW-Authenticate": "Bearer"})
    body, content_type = told(request.headers.get("Accept", ""))
    return HttpResponse(body, content_type=content_type)
