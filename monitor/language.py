"""The language of the pages: the one chosen on this browser, else the browser's own, else English.

What programs read is English whatever they ask for, and says nothing of languages in `Vary`: the API, the JSON of the
pages, metrics and probes.
"""

from __future__ import annotations

from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

COOKIE_SECONDS = 365 * 24 * 3600
READ_BY_PROGRAMS = ("/api/", "/monitor/", "/metrics", "/healthz", "/readyz")


class LanguageOfPagesMiddleware(LocaleMiddleware):
    """Django's, for pages only."""

    def process_request(self, request: HttpRequest) -> None:
        if not request.path_info.startswith(READ_BY_PROGRAMS):
            return super().process_request(request)
        # Said, for the thread may still have the language of the request before.
        translation.activate(settings.LANGUAGE_CODE)
        return None

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.path_info.startswith(READ_BY_PROGRAMS):
            return response
        return super().process_response(request, response)


def chosen(request: HttpRequest) -> str | None:
    """The language chosen on this browser; None where it is the browser's own."""
    language = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    return language if language in dict(settings.LANGUAGES) else None


@require_POST
@never_cache
def choose(request: HttpRequest) -> HttpResponse:
    """Remember `language` for this browser, or forget it when it is empty, and lead back to `next`. 400 for another."""
    language, back = request.POST.get("language", ""), request.POST.get("next", "")
    if language and language not in dict(settings.LANGUAGES):
        return HttpResponse("no such language\n", status=HTTPStatus.BAD_REQUEST, content_type="text/plain")
    own = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    response = HttpResponseRedirect(back if own else "/")
    if language:
        name, secure = settings.LANGUAGE_COOKIE_NAME, settings.LANGUAGE_COOKIE_SECURE
        response.set_cookie(name, language, max_age=COOKIE_SECONDS, secure=secure, httponly=True, samesite="Lax")
    else:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
    return response
