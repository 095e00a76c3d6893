"""The pages of the monitor."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from monitor import language
from monitor.same_person import person_id
from tenancy.models import Tenant
from tenancy.principal import choose_tenant, role_of, tenants_of


@require_safe
@never_cache
@login_required
@ensure_csrf_cookie
def page(request: HttpRequest, **_address: str) -> HttpResponse:
    """Every page of the monitor: the front end shows the one its address names. What it needs to start is in the JSON
    block `boot`; everything else comes over REST and feed."""
    tenant = choose_tenant(request.user, request.GET.get("tenant"))
    others = () if tenant else tenants_of(request.user)
    return render(request, "monitor/page.html", {"boot": _boot(request, tenant), "tenant": tenant, "others": others})


def _boot(request: HttpRequest, tenant: Tenant | None) -> dict[str, Any]:
    user: Any = request.user
    name = user.get_full_name() or user.get_username()
    return {
        "user": {
            "id": person_id(user),
            "name": name,
            "initials": _initials(name),
            "staff": user.is_staff,
            "role": role_of(user, tenant) if tenant else None,
        },
        "tenant": tenant and _tenant(tenant),
        "tenants": [_tenant(each) for each in tenants_of(user)],
        "limits": {"subscriptions": settings.WEBHOOK_MAX_SUBSCRIPTIONS},
        "feed": "/ws/v1/feed",
        "api": "/api/v1/tenant",
        "pages": "/monitor",
        "sign_in": reverse("sign-in"),
        "sign_out": reverse("sign-out"),
        "language": {"chosen": language.chosen(request), "choose": reverse("language")},
        "version": settings.VERSION,
    }


def _tenant(tenant: Tenant) -> dict[str, str]:
    return {"id": str(tenant.id), "slug": tenant.slug, "name": tenant.name}


def _initials(name: str) -> str:
    words = name.replace("@", " ").replace(".", " ").split()
    return "".join(word[0] for word in words[:2]).upper()
