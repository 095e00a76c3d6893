"""The figures that the pages poll, as JSON: 401 without a session, 404 for another's tenant, 422 for bad parameters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import structlog
from django.conf import settings
from django.http import Http404, HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from monitor import counted, parameters, past_attempts, prometheus, queries
from monitor import endpoints as endpoints_
from monitor import history as history_
from monitor.counted import Steps, Whose
from monitor.parameters import ParameterError
from monitor.remembering import remembered
from tenancy.principal import principal_of_user
from tenancy.row_security import of_all_tenants, of_tenant
from webhooks.metrics.gauges import database_gauges
from webhooks.models import Rollup, Subscription
from webhooks.rollups import ALL

logger = structlog.get_logger(__name__)


def _figures(view: Callable[[HttpRequest], dict[str, Any]]) -> Callable[[HttpRequest], JsonResponse]:
    @require_safe
    @never_cache
    @wraps(view)
    def answer(request: HttpRequest) -> JsonResponse:
        if not request.user.is_authenticated:
            where = f"{reverse('sign-in')}?{urlencode({'next': '/'})}"
            return JsonResponse({"detail": f"sign in first: {where}"}, status=401)
        try:
            return JsonResponse(view(request))
        except Http404 as exc:
            return JsonResponse({"detail": str(exc)}, status=404)
        except ParameterError as exc:
            return exc.response()

    return answer


def _tenant(request: HttpRequest) -> UUID:
    principal = principal_of_user(request.user, request.GET.get("tenant"))
    if principal is None:
        raise Http404("no such tenant")
    return principal.tenant_id


@_figures
def summary(request: HttpRequest) -> dict[str, Any]:
    """The key figures of a tenant, see `queries.summary`."""
    tenant_id = _tenant(request)
    with of_tenant(tenant_id):
        return queries.summary(tenant_id)


@_figures
def endpoints(request: HttpRequest) -> dict[str, Any]:
    """A tenant's subscriptions and how they do, see `endpoints.endpoints`. `range`: 15m, 1h or 24h."""
    tenant_id = _tenant(request)
    parameters.known(request, {"range"})
    range_ = parameters.one_of(request, "range", endpoints_.RANGES, "1h")
    with of_tenant(tenant_id):
        return remembered(
            f"endpoints:{tenant_id}:{range_}", lambda: endpoints_.endpoints(tenant_id, range_, datetime.now(UTC))
        )


@_figures
def history(request: HttpRequest) -> dict[str, Any]:
    """The charts, see `history.history`, and `scope`.

    `range` (15m, 1h, 6h or 24h) or `since` and `until`; `subscription`; `scope`: tenant, or, for staff, system.
    """
    if request.GET.get("scope") == "system":
        return _system_history(request)
    tenant_id = _tenant(request)
    parameters.known(request, {"range", "since", "until", "subscription", "scope"})
    parameters.one_of(request, "scope", ("tenant", "system"), "tenant")
    steps = parameters.steps(request, datetime.now(UTC), counted.STEPS[0])
    with of_tenant(tenant_id):
        whose = Whose(tenant_id, _subscription(request, tenant_id))
        key = f"history:{tenant_id}:{request.GET.get('subscription')}:{_which(request, steps)}"
        found = remembered(key, lambda: history_.history(whose, counted.with_live_steps(whose, steps)))
    return {**found, "scope": "tenant"}


@_figures
def attempts(request: HttpRequest) -> dict[str, Any]:
    """Attempts of the history, see `past_attempts.attempts`.

    `since`; `until`, now without it; `filter`, the feed's as JSON; `cursor`.
    """
    tenant_id = _tenant(request)
    parameters.known(request, {"since", "until", "filter", "cursor"})
    since, until = parameters.span(request, datetime.now(UTC))
    span = past_attempts.Span(since, until, parameters.cursor(request))
    with of_tenant(tenant_id):
        return past_attempts.attempts(tenant_id, span, parameters.filter_(request))


def _subscription(request: HttpRequest, tenant_id: UUID) -> tuple[UUID, ...] | None:
    """The one that is asked for, if any. A deleted one has a history, too."""
    try:
        wanted = parameters.subscription(request)
    except ValueError:
        raise Http404("no such subscription") from None
    if wanted is None:
        return None
    is_own = Subscription.objects.filter(tenant_id=tenant_id, id=wanted).exists()
    if wanted == ALL or not (is_own or Rollup.objects.filter(tenant_id=tenant_id, subscription_id=wanted).exists()):
        raise Http404("no such subscription")
    return (wanted,)


def _system_history(request: HttpRequest) -> dict[str, Any]:
    user: Any = request.user
    if not (user.is_active and user.is_staff):
        raise Http404("nothing for you")
    parameters.known(request, {"range", "since", "until", "scope"})
    shortest = prometheus.SHORTEST_STEP if settings.PROMETHEUS_URL else counted.STEPS[0]
    steps = parameters.steps(request, datetime.now(UTC), shortest)
    found = remembered(f"history:system:{_which(request, steps)}", lambda: _of_system(steps))
    if not {"since", "until"} & set(request.GET):
        history_.tell_present_backlog(found["backlog"], database_gauges.latest())
    return {**found, "scope": "system"}


def _of_system(steps: Steps) -> dict[str, Any]:
    whose, note = Whose(ALL), {}
    if settings.PROMETHEUS_URL:
        try:
            found = prometheus.history(steps)
        except prometheus.UnavailableError as exc:
            logger.warning("prometheus_unavailable", error=str(exc))
            note = {"note": f"Prometheus is not available ({exc}): counted from the stored attempts"}
        else:
            with of_all_tenants():
                return {**history_.frame(steps), **found, "backlog": history_.backlog(whose, steps)}
    with of_all_tenants():
        return {**history_.history(whose, counted.with_live_steps(whose, steps)), **note}


def _which(request: HttpRequest, steps: Steps) -> str:
    """What distinguishes a range in the cache: a relative one is the same all the time."""
    if not {"since", "until"} & set(request.GET):
        return request.GET.get("range", "1h")
    return f"{steps.since.timestamp()}-{steps.until.timestamp()}-{steps.seconds}"
