"""The embedded mode's sign-in link: whoever can read this process's console may sign in, for as long as it runs.

256 random bits, kept in memory only.
"""

from __future__ import annotations

import hmac
import secrets
from ipaddress import ip_address

from django.contrib.auth import get_user_model, login
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

OPERATOR = "operator"
_tokens: list[str] = []


def make_link(base: str) -> str:
    """The link of this process, e.g. `http://127.0.0.1:8000/sign-in/link?token=…`."""
    if not _tokens:
        _tokens.append(secrets.token_urlsafe(32))
    return f"{base}/sign-in/link?token={_tokens[0]}"


@never_cache
@require_GET
def sign_in_by_link(request: HttpRequest) -> HttpResponse:
    """Sign in as a staff operator. Refused from another machine, and where no link was made (production)."""
    given = request.GET.get("token", "")
    from_here = ip_address(request.META.get("REMOTE_ADDR") or "0.0.0.0").is_loopback
    if not (_tokens and from_here and hmac.compare_digest(given.encode(), _tokens[0].encode())):
        return HttpResponseForbidden(
            _("This sign-in link is not valid. `make run` prints a new one each time it starts."),
            content_type="text/plain; charset=utf-8",
        )
    operator, created = get_user_model().objects.get_or_create(username=OPERATOR, defaults={"is_staff": True})
    if created:
        operator.set_unusable_password()
        operator.save()
    login(request, operator, backend="django.contrib.auth.backends.ModelBackend")
    return redirect("live")
