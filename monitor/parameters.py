"""The query parameters of the pages' figures. What is wrong with them is said like the API says it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from django.http import HttpRequest, JsonResponse

from monitor.counted import Steps, steps_of
from monitor.feed.filtering import Filter, FilterError

RANGES = {
    "15m": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "6h": timedelta(hours=6),
    "24h": timedelta(hours=24),
}
LONGEST = timedelta(days=31)


class ParameterError(Exception):
    """A parameter that cannot be used."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name} {why}")
        self.name, self.why = name, why

    def response(self) -> JsonResponse:
        """422, with the parameter by its name."""
        return JsonResponse({"detail": str(self), "errors": {self.name: [self.why]}}, status=422)


def known(request: HttpRequest, names: Collection[str]) -> None:
    """Nothing but these, each at most once. `tenant` is always allowed."""
    for name in request.GET:
        if name not in names and name != "tenant":
            raise ParameterError(name[:50], "is not known")
        if len(request.GET.getlist(name)) > 1:
            raise ParameterError(name, "may be given once")


def one_of(request: HttpRequest, name: str, values: Collection[str], default: str) -> str:
    """The parameter, one of `values`."""
    value = request.GET.get(name, default)
    if value not in values:
        raise ParameterError(name, f"must be one of {', '.join(values)}")
    return value


def steps(request: HttpRequest, now: datetime, shortest: int) -> Steps:
    """Of `range`, or of `since` and `until` (now without it)."""
    if not {"since", "until"} & set(request.GET):
        length = RANGES[one_of(request, "range", RANGES, "1h")]
        return steps_of(now - length, now, now, shortest)
    if "range" in request.GET:
        raise ParameterError("range", "goes with neither since nor until")
    return steps_of(*span(request, now), now, shortest)


def span(request: HttpRequest, now: datetime) -> tuple[datetime, datetime]:
    """`since`, and `until` or now."""
    since, until = _moment(request, "since", None), min(now, _moment(request, "until", now))
    if since >= until:
        raise ParameterError("since", "must be before until, and in the past")
    if until - since > LONGEST:
        raise ParameterError("since", f"must be at most {LONGEST.days} days before until")
    return since, until


def _moment(request: HttpRequest, name: str, default: datetime | None) -> datetime:
    given = request.GET.get(name)
    if given is None and default is not None:
        return default
    try:
        # A + of the offset that was not encoded has become a space.
        moment = datetime.fromisoformat((given or "").replace(" ", "+"))
        if moment.tzinfo is None or not 2000 <= moment.year < 9999:
            raise ValueError
    except ValueError:
        raise ParameterError(name, "must be a time with its offset, e.g. 2026-11-25T08:30:00Z") from None
    return moment


def filter_(request: HttpRequest) -> Filter:
    """`filter`, the JSON of a feed's filter; without it everything matches."""
    given = request.GET.get("filter")
    try:
        return Filter.parse(None if given is None else orjson.loads(given))
    except orjson.JSONDecodeError:
        raise ParameterError("filter", "must be JSON") from None
    except FilterError as exc:
        raise ParameterError("filter", str(exc)) from None


def cursor(request: HttpRequest) -> UUID | None:
    """`cursor`, an id as an answer named it."""
    given = request.GET.get("cursor")
    try:
        return None if given is None else UUID(given)
    except ValueError:
        raise ParameterError("cursor", "must be the next_cursor of an answer") from None


def subscription(request: HttpRequest) -> UUID | None:
    """Raises ValueError for what is no id."""
    given = request.GET.get("subscription")
    return None if given is None else UUID(given)
