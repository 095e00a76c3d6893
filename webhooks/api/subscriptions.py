"""REST: subscriptions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictBool,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from rest.authentication import caller
from rest.pagination import PageQuery, page
from rest.problems import conflict, not_found
from rest.schemas import Body, Text, Time, known_query, problems
from webhooks import publishing, subscriptions
from webhooks.api.deliveries import DeliveryOut
from webhooks.engine.retry import resolve_schedule
from webhooks.engine.signature import check_secret, mask_secret
from webhooks.event_types import check_pattern
from webhooks.models import Subscription
from webhooks.subscriptions import SubscriptionLimitError

router = Router(tags=["Subscriptions"])


def _url(url: str) -> str:
    if found := subscriptions.target_policy().check_url(url):
        raise ValueError("; ".join(found))
    return url


def _pattern(pattern: str) -> str:
    check_pattern(pattern)
    return pattern


def _unique(patterns: list[str]) -> list[str]:
    return list(dict.fromkeys(patterns))


def _secret(secret: str) -> str:
    check_secret(secret)
    return secret


def _schedule(schedule: Any) -> Any:
    if schedule is None:
        return None
    resolved = resolve_schedule(schedule)
    return schedule if isinstance(schedule, str) else list(resolved)


def _timeout(seconds: float) -> float:
    if seconds > settings.WEBHOOK_TIMEOUT:
        raise ValueError(f"at most {settings.WEBHOOK_TIMEOUT:g} seconds")
    return seconds


# A URL or a secret is used as it was given, or refused.
_Unstripped = StringConstraints(strip_whitespace=False)
Url = Annotated[
    str,
    _Unstripped,
    AfterValidator(_url),
    Field(description="where events are sent", examples=["https://hooks.example.com/erp"]),
]
Pattern = Annotated[Text, AfterValidator(_pattern), Field(examples=["payment.received"])]
Patterns = Annotated[list[Pattern], Field(min_length=1, max_length=50), AfterValidator(_unique)]
Secret = Annotated[
    str,
    _Unstripped,
    AfterValidator(_secret),
    Field(description="8 to 128 printable characters, or `whsec_` and base64 of 24 to 64 bytes; made when absent"),
]
Schedule = Annotated[
    Any,
    BeforeValidator(_schedule),
    WithJsonSchema({
        "anyOf": [
            {"type": "string", "enum": ["fast", "durable"]},
            {"type": "array", "items": {"type": "number", "exclusiveMinimum": 0, "maximum": 86400}, "maxItems": 10},
            {"type": "null"},
        ],
        "description": "a name, or seconds to wait before each retry",
    }),
]  # fmt: skip
Timeout = Annotated[
    float,
    Field(gt=0, allow_inf_nan=False, strict=True, description="seconds for one request in all"),
    AfterValidator(_timeout),
]
Description = Annotated[Text, Field(max_length=200)]


class SubscriptionIn(Body):
    """Give `event` or `events`: event types, families like `invoice.*`, or `*`."""

    url: Url
    event: Pattern | None = None
    events: Patterns | None = None
    secret: Secret | None = None
    description: Description | None = None
    retry_schedule: Schedule = None
    timeout: Timeout | None = None
    active: StrictBool = True

    @model_validator(mode="after")
    def _one_of_event_and_events(self) -> SubscriptionIn:
        if (self.event is None) == (self.events is None):
            raise ValueError("give either event or events")
        return self


class SubscriptionPatch(Body):
    """Absent fields stay. `null` puts `description`, `retry_schedule` and `timeout` back to their defaults."""

    url: Url = None  # type: ignore[assignment]  # absent, but never null
    event: Pattern = None  # type: ignore[assignment]
    events: Patterns = None  # type: ignore[assignment]
    description: Description | None = None
    retry_schedule: Schedule = None
    timeout: Timeout | None = None
    active: StrictBool = None  # type: ignore[assignment]

    @model_validator(mode="after")
    def _not_both(self) -> SubscriptionPatch:
        if {"event", "events"} <= self.model_fields_set:
            raise ValueError("give either event or events")
        return self


class SubscriptionOut(Schema):
    """A subscription; its secret is masked."""

    id: UUID
    url: str
    events: list[str]
    description: str
    active: bool
    disabled_reason: str | None = Field(description="`gone` after the receiver answered 410")
    secret: str = Field(examples=["…x4Qw"])
    previous_valid_until: Time | None = Field(description="until when the previous secret signs along")
    retry_schedule: str | list[float]
    timeout: float
    created_at: Time
    updated_at: Time


class CreatedSubscription(SubscriptionOut):
    """The only answer that shows the whole secret, besides a rotation's."""


class RotatedSecret(Schema):
    """The new secret, shown this once."""

    secret: str
    previous_valid_until: Time


class SubscriptionPage(Schema):
    items: list[SubscriptionOut]
    next_cursor: str | None


def _out(subscription: Subscription) -> dict[str, Any]:
    shown = {name: getattr(subscription, name) for name in SubscriptionOut.model_fields}
    live = subscription.previous_valid_until and subscription.previous_valid_until > datetime.now(UTC)
    return {
        **shown,
        "secret": mask_secret(subscription.secret),
        "disabled_reason": subscription.disabled_reason or None,
        "previous_valid_until": subscription.previous_valid_until if live else None,
    }


def _columns(given: dict[str, Any]) -> dict[str, Any]:
    """Body fields as columns; a null stands for the default."""
    if given.get("event"):
        given["events"] = [given["event"]]
    given.pop("event", None)
    defaults = {"description": "", "retry_schedule": "fast", "timeout": settings.WEBHOOK_TIMEOUT}
    return {name: defaults.get(name) if value is None else value for name, value in given.items()}


def _own(request: HttpRequest, subscription_id: UUID) -> Subscription:
    subscription = Subscription.objects.filter(tenant_id=caller(request).tenant_id, id=subscription_id).first()
    if subscription is None:
        raise not_found("subscription")
    return subscription


@router.post("", response={201: CreatedSubscription, **problems(409)}, summary="Create a subscription")
def create_subscription(request: HttpRequest, body: SubscriptionIn) -> Status[Any]:
    """The answer shows the secret, this once."""
    fields = _columns({name: value for name, value in body.model_dump().items() if name != "secret"})
    try:
        subscription = subscriptions.create(
            caller(request).tenant_id, secret=body.secret, **{k: v for k, v in fields.items() if k != "event"}
        )
    except SubscriptionLimitError:
        limit = settings.WEBHOOK_MAX_SUBSCRIPTIONS
        raise conflict(f"this tenant has {limit} subscriptions, as many as it may have; delete one first") from None
    return Status(201, {**_out(subscription), "secret": subscription.secret})


@router.get("", response={200: SubscriptionPage, **problems()}, summary="List subscriptions")
def list_subscriptions(request: HttpRequest, query: Query[PageQuery]) -> dict[str, Any]:
    """Newest first."""
    known_query(request, query)
    return page(Subscription.objects.filter(tenant_id=caller(request).tenant_id), query, _out)


@router.get("/{uuid:subscription_id}", response={200: SubscriptionOut, **problems(404)}, summary="Get a subscription")
def get_subscription(request: HttpRequest, subscription_id: UUID) -> dict[str, Any]:
    return _out(_own(request, subscription_id))


@router.patch(
    "/{uuid:subscription_id}", response={200: SubscriptionOut, **problems(404)}, summary="Change a subscription"
)
def change_subscription(request: HttpRequest, subscription_id: UUID, body: SubscriptionPatch) -> dict[str, Any]:
    """Only the fields given are changed."""
    subscription = _own(request, subscription_id)
    return _out(subscriptions.change(subscription.id, _columns(body.model_dump(exclude_unset=True))))


@router.delete("/{uuid:subscription_id}", response={204: None, **problems(404)}, summary="Delete a subscription")
def delete_subscription(request: HttpRequest, subscription_id: UUID) -> Status[None]:
    """Waiting deliveries are cancelled; finished ones stay."""
    subscriptions.delete(_own(request, subscription_id).id)
    return Status(204, None)


@router.post(
    "/{uuid:subscription_id}/rotate-secret", response={200: RotatedSecret, **problems(404)}, summary="Rotate the secret"
)
def rotate_secret(request: HttpRequest, subscription_id: UUID) -> dict[str, Any]:
    """For 24 hours every request carries a signature by each of the two secrets."""
    subscription = subscriptions.rotate_secret(_own(request, subscription_id).id)
    return {"secret": subscription.secret, "previous_valid_until": subscription.previous_valid_until}


@router.post(
    "/{uuid:subscription_id}/test", response={202: DeliveryOut, **problems(404)}, summary="Send a test delivery"
)
def send_test(request: HttpRequest, subscription_id: UUID) -> Status[Any]:
    """A real delivery of a `webhook.test` event, visible like any other."""
    return Status(202, publishing.publish_test(_own(request, subscription_id)))


@router.post(
    "/{uuid:subscription_id}/enable", response={200: SubscriptionOut, **problems(404)}, summary="Enable a subscription"
)
def enable_subscription(request: HttpRequest, subscription_id: UUID) -> dict[str, Any]:
    """What waits is delivered."""
    return _out(subscriptions.set_active(_own(request, subscription_id).id, True))


@router.post(
    "/{uuid:subscription_id}/disable",
    response={200: SubscriptionOut, **problems(404)},
    summary="Disable a subscription",
)
def disable_subscription(request: HttpRequest, subscription_id: UUID) -> dict[str, Any]:
    """No new deliveries are made and what waits is held."""
    return _out(subscriptions.set_active(_own(request, subscription_id).id, False))
