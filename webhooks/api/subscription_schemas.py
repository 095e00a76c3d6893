"""REST: what a subscription looks like in requests and answers, and what is checked of one."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.conf import settings
from ninja import Schema
from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from rest.pagination import NextCursor
from rest.schemas import Body, Flag, Text, Time
from webhooks import subscriptions
from webhooks.engine.addresses import MAX_URL_LENGTH
from webhooks.engine.retry import resolve_schedule
from webhooks.engine.signature import check_secret
from webhooks.event_types import check_pattern, names, patterns
from webhooks.models import CircuitState

# The one of docs/integration.md.
EXAMPLE_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD3GtNbQ2cN5A="  # noqa: S105  # nobody's


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


def _integral(number: Any) -> Any:
    """To JSON Schema 5.0 is an integer."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _timeout(seconds: float) -> float:
    if seconds > settings.WEBHOOK_TIMEOUT:
        raise ValueError(f"at most {settings.WEBHOOK_TIMEOUT:g} seconds")
    return seconds


# What is generated from the document is accepted; more than it says is: addresses, other scripts.
_LABEL = "[A-Za-z0-9]{1,30}(-[A-Za-z0-9]{1,30})?"
_SCHEME = "https?" if settings.WEBHOOK_ALLOW_INSECURE_TARGETS else "https"
_URL_PATTERN = rf"^{_SCHEME}://({_LABEL}\.)+[A-Za-z]{{2,24}}(:(443|8443))?(/[A-Za-z0-9/_.~?=&%+,:;@!$()*-]*)?$"
_SECRET_PATTERN = "^((?!whsec_)[ -~¡-¬®-ÿ]{8,128}|whsec_([A-Za-z0-9+/]{4}){8,21})$"  # noqa: S105  # no secret
# A URL or a secret is used as it was given, or refused.
_Unstripped = StringConstraints(strip_whitespace=False)
Url = Annotated[
    str,
    _Unstripped,
    AfterValidator(_url),
    Field(
        description="where events are sent: a host by name, or by an address that this installation allows",
        examples=["https://hooks.example.com/erp"],
        json_schema_extra={"pattern": _URL_PATTERN, "maxLength": MAX_URL_LENGTH},
    ),
]


def _known(schema: dict[str, Any]) -> None:
    """Asked for when the document is made: event types register after this module is read."""
    schema["enum"] = [*names(), *patterns()]


Pattern = Annotated[
    str,
    AfterValidator(_pattern),
    Field(examples=["payment.received"], json_schema_extra=_known),
]
Patterns = Annotated[list[Pattern], Field(min_length=1, max_length=50), AfterValidator(_unique)]
Secret = Annotated[
    str,
    _Unstripped,
    AfterValidator(_secret),
    Field(
        description="8 to 128 printable characters, or `whsec_` and base64 of 24 to 64 bytes; made when absent",
        json_schema_extra={"pattern": _SECRET_PATTERN},
    ),
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
# Seconds. A subscription with less could only ever time out.
MIN_TIMEOUT = 0.1
Timeout = Annotated[
    float,
    Field(
        ge=MIN_TIMEOUT,
        allow_inf_nan=False,
        strict=True,
        description="seconds for one request in all",
        json_schema_extra={"maximum": settings.WEBHOOK_TIMEOUT},
    ),
    AfterValidator(_timeout),
]
Ordering = Annotated[
    Literal["entity"],
    Field(description="`entity`: events of one entity in order, one at a time; null: each as soon as it can be"),
]
StoreResponseBody = Annotated[StrictBool, Field(description="whether attempts keep what the receiver answers")]
RateLimit = Annotated[
    int,
    Field(ge=1, le=1000, strict=True, description="attempts a second at most, evenly spaced; null: no limit"),
    BeforeValidator(_integral),
]
Description = Annotated[Text, Field(max_length=200)]


class SubscriptionIn(Body):
    """Give `event` or `events`: event types, families like `invoice.*`, or `*`."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "url": "https://hooks.example.com/erp",
                "events": ["payment.*", "customer.created"],
                "description": "Ledger",
            },
            "oneOf": [
                {"required": ["event"], "properties": {"event": {"type": "string"}, "events": {"type": "null"}}},
                {"required": ["events"], "properties": {"events": {"type": "array"}, "event": {"type": "null"}}},
            ],
        }
    )

    url: Url
    event: Pattern | None = None
    events: Patterns | None = None
    secret: Secret | None = None
    description: Description | None = None
    retry_schedule: Schedule = None
    timeout: Timeout | None = None
    rate_limit: RateLimit | None = None
    ordering: Ordering | None = None
    store_response_body: StoreResponseBody = True
    active: StrictBool = True

    @model_validator(mode="after")
    def _one_of_event_and_events(self) -> SubscriptionIn:
        if (self.event is None) == (self.events is None):
            raise ValueError("give either event or events")
        return self


class SubscriptionPatch(Body):
    """Absent fields stay. `null` puts those that have a default back to it."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"events": ["*"], "retry_schedule": "durable"},
            "not": {"required": ["event", "events"]},
        }
    )

    url: Url = None  # type: ignore[assignment]  # absent, but never null
    event: Pattern = None  # type: ignore[assignment]
    events: Patterns = None  # type: ignore[assignment]
    description: Description | None = None
    retry_schedule: Schedule = None
    timeout: Timeout | None = None
    rate_limit: RateLimit | None = None
    ordering: Ordering | None = None
    store_response_body: StoreResponseBody = None  # type: ignore[assignment]
    active: StrictBool = None  # type: ignore[assignment]

    @model_validator(mode="after")
    def _not_both(self) -> SubscriptionPatch:
        if {"event", "events"} <= self.model_fields_set:
            raise ValueError("give either event or events")
        return self


class CircuitOut(Schema):
    """The breaker: `open` while attempts mostly fail, `half_open` while one attempt decides whether it closes."""

    state: CircuitState = Field(examples=["closed"])
    opened_at: Time | None = Field(description="since when it is not closed", examples=[None])
    next_probe_at: Time | None = Field(description="when it lets an attempt through", examples=[None])


class SubscriptionOut(Schema):
    """A subscription; its secret is masked."""

    id: UUID
    url: str = Field(examples=["https://hooks.example.com/erp"])
    events: list[str] = Field(examples=[["payment.*", "customer.created"]])
    description: str = Field(examples=["Ledger"])
    active: bool
    disabled_reason: str | None = Field(
        description="`gone` after a 410, `failing` after days of failures only, null when a person disabled it",
        examples=[None],
    )
    secret: str = Field(examples=["…cN5A"])
    previous_valid_until: Time | None = Field(
        description="until when the last one of the former secrets signs along", examples=[None]
    )
    circuit: CircuitOut
    retry_schedule: str | list[float] = Field(examples=["fast"])
    timeout: float = Field(examples=[10.0])
    ordering: Literal["entity"] | None = Field(
        description="`entity`: events of one entity in order, one at a time; null: each as soon as it can be",
        examples=[None],
    )
    rate_limit: int | None = Field(
        description="attempts a second at most, evenly spaced; null: no limit", examples=[None]
    )
    store_response_body: bool = Field(description="whether attempts keep what the receiver answers")
    created_at: Time
    updated_at: Time


class CreatedSubscription(SubscriptionOut):
    """A new subscription with its whole secret, which no other answer shows, besides a rotation's."""

    secret: str = Field(examples=[EXAMPLE_SECRET])


class Rotation(Schema):
    """How to rotate."""

    end_previous: Flag = Field(False, description="end all former secrets at once: for one that leaked")


class RotatedSecret(Schema):
    """The new secret, shown this once."""

    secret: str = Field(examples=[EXAMPLE_SECRET])
    previous_valid_until: Time | None = Field(description="until when the secret before signs along; null: it does not")


class SubscriptionPage(Schema):
    """Subscriptions, newest first."""

    items: list[SubscriptionOut]
    next_cursor: NextCursor
