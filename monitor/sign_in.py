"""Sign-in by user name and password, and how often it may be tried.

Counted over all web processes, for each user name and for each public address; like the API's limit, not while the
cache is away. A private address is a proxy's, which is everybody's: behind one, names alone are counted, unless Daphne
is told to take addresses from its header (`--proxy-headers`).
"""

from __future__ import annotations

import hashlib
import unicodedata
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse

from rest.rate_limit import RateLimiter

WINDOW_SECONDS = 300
TRIES_OF_A_NAME = 10
TRIES_FROM_AN_ADDRESS = 100

limiter = RateLimiter(lambda: caches["shared"], window_seconds=WINDOW_SECONDS)


class SignInForm(AuthenticationForm):
    """Takes a name in capitals for the one `create_user` made, unless somebody has it just so."""

    def clean_username(self) -> str:
        name: str = self.cleaned_data["username"]
        users = get_user_model()._default_manager
        return name if users.filter(**{get_user_model().USERNAME_FIELD: name}).exists() else name.lower()


class SignIn(LoginView):
    """The sign-in page."""

    form_class = SignInForm
    template_name = "monitor/sign_in.html"
    extra_context: dict[str, Any] = {"embedded": settings.EMBEDDED}
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Check the password, unless there were too many tries: then it is not looked at."""
        wait = _seconds_to_wait(request)
        if not wait:
            response: HttpResponse = super().post(request, *args, **kwargs)
            return response
        context = self.get_context_data(form=self.get_form_class()(request), wait_minutes=-(-wait // 60))
        response = self.render_to_response(context, status=HTTPStatus.TOO_MANY_REQUESTS)
        response["Retry-After"] = str(wait)
        return response


def _public_address(request: HttpRequest) -> str | None:
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return None
    return str(address) if address.is_global else None


def _seconds_to_wait(request: HttpRequest) -> int:
    # As the form reads it: the same name in other letters must not be tried anew.
    name = unicodedata.normalize("NFKC", request.POST.get("username", "")).strip().casefold()
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()  # a name is no cache key
    counted = [limiter.take(f"sign-in:name:{digest}", TRIES_OF_A_NAME)]
    if address := _public_address(request):
        counted.append(limiter.take(f"sign-in:address:{address}", TRIES_FROM_AN_ADDRESS))
    return max((each.reset_seconds for each in counted if each and each.remaining < 0), default=0)
