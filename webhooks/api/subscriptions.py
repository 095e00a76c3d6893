"""REST: subscriptions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Header, Query, Router, Status

from rest import etags
from rest.authentication import caller
from rest.examples import answering, tagged
from rest.pagination import PageQuery, page
from rest.problems import conflict, not_found
from rest.schemas import known_query, problems
from tenancy.encrypted import Unreadable
from webhooks import publishing, subscriptions
from webhooks.api.deliveries import FRESH, DeliveryOut
from webhooks.api.subscription_schemas import (
    CreatedSubscription,
    RotatedSecret,
    Rotation,
    SubscriptionIn,
    SubscriptionOut,
    SubscriptionPage,
    SubscriptionPatch,
)
from webhooks.engine.signature import mask_secret
from webhooks.models import Circuit, CircuitState, Subscription
from webhooks.subscriptions import SubscriptionLimitError, TooManySecretsError, UnreadableSecretError

router = Router(tags=["Subscriptions"])

COMPUTED = {"previous_valid_until", "circuit"}
# In place of a secret whose key is gone from ENCRYPTION_KEYS: nothing can be sent until it is rotated.
UNREADABLE = "unreadable; rotate it"

IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description="an `ETag` of before: 412 when the subscription changed since"),
]


def _kept(subscription: Subscription) -> dict[str, Any]:
    """What is shown of it, but for its circuit: that is no part of what an `ETag` names."""
    shown = {name: getattr(subscription, name) for name in SubscriptionOut.model_fields if name not in COMPUTED}
    return {
        **shown,
        "secret": UNREADABLE if isinstance(subscription.secret, Unreadable) else mask_secret(subscription.secret),
        "disabled_reason": subscription.disabled_reason or None,
        "previous_valid_until": subscription.previous_valid_until(datetime.now(UTC)),
    }


def _out(subscription: Subscription, circuits: Mapping[UUID, Circuit] | None = None) -> dict[str, Any]:
    if circuits is None:
        circuits = Circuit.objects.in_bulk([subscription.id])
    circuit = circuits.get(subscription.id)
    closed = circuit is None or circuit.state == CircuitState.CLOSED
    return {
        **_kept(subscription),
        "circuit": {
            "state": CircuitState.CLOSED if circuit is None else circuit.state,
            "opened_at": None if circuit is None or closed else circuit.opened_at,
            "next_probe_at": circuit.probe_at if circuit and circuit.state == CircuitState.OPEN else None,
        },
    }


def _tagged(subscription: Subscription, response: HttpResponse) -> dict[str, Any]:
    """As it is shown, with the `ETag` of that."""
    response["ETag"] = etags.etag(_kept(subscription))
    return _out(subscription)


def _expected(if_match: str | None) -> Callable[[Subscription], None]:
    """A check of the locked row, so that of two changes made from the same state one is refused."""
    return lambda subscription: etags.check(if_match, etags.etag(_kept(subscription)))


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


@router.post(
    "",
    response={201: CreatedSubscription, **problems(409)},
    summary="Create a subscription",
    openapi_extra=tagged(),
)
def create_subscription(request: HttpRequest, body: SubscriptionIn, response: HttpResponse) -> Status[Any]:
    """The answer shows the secret, this once."""
    fields = _columns({name: value for name, value in body.model_dump().items() if name != "secret"})
    try:
        subscription = subscriptions.create(
            caller(request).tenant_id, secret=body.secret, **{k: v for k, v in fields.items() if k != "event"}
        )
    except SubscriptionLimitError:
        limit = settings.WEBHOOK_MAX_SUBSCRIPTIONS
        raise conflict(f"this tenant has {limit} subscriptions, as many as it may have; delete one first") from None
    return Status(201, {**_tagged(subscription, response), "secret": subscription.secret})


@router.get("", response={200: SubscriptionPage, **problems()}, summary="List subscriptions")
def list_subscriptions(request: HttpRequest, query: Query[PageQuery]) -> dict[str, Any]:
    """Newest first."""
    known_query(request, query)
    tenant_id = caller(request).tenant_id
    circuits = {circuit.subscription_id: circuit for circuit in Circuit.objects.filter(tenant_id=tenant_id)}
    return page(Subscription.objects.filter(tenant_id=tenant_id), query, lambda each: _out(each, circuits))


@router.get(
    "/{id:subscription_id}",
    response={200: SubscriptionOut, **problems(404)},
    summary="Get a subscription",
    openapi_extra=tagged(),
)
def get_subscription(request: HttpRequest, subscription_id: UUID, response: HttpResponse) -> dict[str, Any]:
    """With its secret masked. The header `ETag` names this state of it, for `If-Match`."""
    return _tagged(_own(request, subscription_id), response)


@router.patch(
    "/{id:subscription_id}",
    response={200: SubscriptionOut, **problems(404, 412)},
    summary="Change a subscription",
    openapi_extra=tagged(),
)
def change_subscription(
    request: HttpRequest,
    subscription_id: UUID,
    body: SubscriptionPatch,
    response: HttpResponse,
    if_match: IfMatch = None,
) -> dict[str, Any]:
    """Only the fields given are changed. With `If-Match` only if nobody else changed it meanwhile."""
    subscription = _own(request, subscription_id)
    fields = _columns(body.model_dump(exclude_unset=True))
    return _tagged(subscriptions.change(subscription.id, fields, _expected(if_match)), response)


@router.delete("/{id:subscription_id}", response={204: None, **problems(404, 412)}, summary="Delete a subscription")
def delete_subscription(request: HttpRequest, subscription_id: UUID, if_match: IfMatch = None) -> Status[None]:
    """Waiting deliveries are cancelled; finished ones stay. With `If-Match` only if nobody changed it meanwhile."""
    subscriptions.delete(_own(request, subscription_id).id, _expected(if_match))
    return Status(204, None)


@router.post(
    "/{id:subscription_id}/rotate-secret",
    response={200: RotatedSecret, **problems(404, 409)},
    summary="Rotate the secret",
)
def rotate_secret(request: HttpRequest, subscription_id: UUID, query: Query[Rotation]) -> dict[str, Any]:
    """For 24 hours, or what is configured, every request carries a signature by each of the two secrets.

    A rotation within that time adds a secret and takes none away; with five of them it is a 409.
    """
    known_query(request, query)
    subscription = _own(request, subscription_id)
    try:
        subscription = subscriptions.rotate_secret(subscription.id, end_previous=query.end_previous)
    except (TooManySecretsError, UnreadableSecretError) as exc:
        raise conflict(str(exc)) from None
    return {"secret": subscription.secret, "previous_valid_until": subscription.previous_valid_until(datetime.now(UTC))}


@router.post(
    "/{id:subscription_id}/test",
    response={202: DeliveryOut, **problems(404)},
    summary="Send a test delivery",
    openapi_extra=answering(event="webhook.test", **FRESH),
)
def send_test(request: HttpRequest, subscription_id: UUID) -> Status[Any]:
    """A real delivery of a `webhook.test` event, visible like any other."""
    return Status(202, publishing.publish_test(_own(request, subscription_id)))


@router.post(
    "/{id:subscription_id}/enable",
    response={200: SubscriptionOut, **problems(404)},
    summary="Enable a subscription",
    openapi_extra=tagged(active=True),
)
def enable_subscription(request: HttpRequest, subscription_id: UUID, response: HttpResponse) -> dict[str, Any]:
    """What waits is delivered."""
    return _tagged(subscriptions.set_active(_own(request, subscription_id).id, True), response)


@router.post(
    "/{id:subscription_id}/disable",
    response={200: SubscriptionOut, **problems(404)},
    summary="Disable a subscription",
    openapi_extra=tagged(active=False),
)
def disable_subscription(request: HttpRequest, subscription_id: UUID, response: HttpResponse) -> dict[str, Any]:
    """No new deliveries are made and what waits is held."""
    return _tagged(subscriptions.set_active(_own(request, subscription_id).id, False), response)
