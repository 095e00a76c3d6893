"""What load balancers and Prometheus ask for, by whatever address they know this process."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware

PATHS = {"/healthz", "/readyz", "/metrics"}


class CommonMiddlewareButForProbes(CommonMiddleware):
    """Django's, whose check of ALLOWED_HOSTS would refuse a probe that names an IP address."""

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        return None if request.path in PATHS else super().process_request(request)
