"""The client's filter: lists of alternatives by key, keys that narrow one another, and `not`, which takes away."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import UUID

from monitor.feed.frames import FIELDS, Row
from webhooks.engine.outcome import Outcome
from webhooks.models.delivery import DeliveryStatus

MAX_VALUES = 50
_ATTEMPT, _EVENT, _SUBSCRIPTION, _OUTCOME, _CODE, _STATUS = (
    FIELDS.index(name) for name in ("attempt", "event", "subscription_id", "outcome", "http_status", "status")
)
_EVENT_PATTERN = re.compile(r"\*|[a-z0-9_]+\.(?:\*|[a-z0-9_]+)")
_CODE_PATTERN = re.compile(r"[1-5](?:xx|[0-9]{2})")


class FilterError(ValueError):
    """What is wrong, for the client's developer."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Conditions by key; an empty set or None asks nothing."""

    status: frozenset[str] = frozenset()
    outcome: frozenset[str] = frozenset()
    subscription: frozenset[str] = frozenset()
    event: frozenset[str] = frozenset()
    event_prefixes: tuple[str, ...] = ()
    codes: frozenset[int] = frozenset()
    code_classes: frozenset[int] = frozenset()
    min_attempt: int | None = None

    @classmethod
    def parse(cls, wire: Mapping[str, Any]) -> Self:
        """Raises FilterError."""
        events = _texts(wire, "event", _event)
        codes = _texts(wire, "code", _code)
        return cls(
            status=_texts(wire, "status", _status),
            outcome=_texts(wire, "outcome", _outcome),
            subscription=_texts(wire, "subscription", _subscription),
            event=frozenset(event for event in events if not event.endswith("*")),
            event_prefixes=tuple(sorted(event[:-1] for event in events if event.endswith("*"))),
            codes=frozenset(int(code) for code in codes if code.isdigit()),
            code_classes=frozenset(int(code[0]) for code in codes if not code.isdigit()),
            min_attempt=_min_attempt(wire.get("min_attempt")),
        )

    def answers(self, row: Row) -> list[bool]:
        """For each key that asks something, whether the row fulfils it."""
        answers = []
        if self.status:
            answers.append(row[_STATUS] in self.status)
        if self.outcome:
            answers.append(row[_OUTCOME] in self.outcome)
        if self.subscription:
            answers.append(row[_SUBSCRIPTION] in self.subscription)
        if self.event or self.event_prefixes:
            answers.append(row[_EVENT] in self.event or row[_EVENT].startswith(self.event_prefixes))
        if self.codes or self.code_classes:
            code = row[_CODE]
            answers.append(code is not None and (code in self.codes or code // 100 in self.code_classes))
        if self.min_attempt is not None:
            answers.append(row[_ATTEMPT] >= self.min_attempt)
        return answers


@dataclass(frozen=True, slots=True)
class Filter:
    """A row matches when it fulfils every key of `wanted` and none of `unwanted`."""

    wanted: Terms = field(default_factory=Terms)
    unwanted: Terms = field(default_factory=Terms)

    @classmethod
    def parse(cls, wire: Any) -> Self:
        """`wire` is the `filter` of a `sub`, or None. Raises FilterError."""
        given = _object(wire, "filter")
        negated = _object(given.get("not"), "not")
        for place, terms, allowed in (("", given, {*_KEYS, "not"}), ("not.", negated, set(_KEYS))):
            if unknown := sorted(set(terms) - allowed):
                raise FilterError(f"{place}{unknown[0][:50]}: unknown key; the keys are {', '.join(_KEYS)} and not")
        return cls(Terms.parse(given), Terms.parse(negated))

    @property
    def matches_all(self) -> bool:
        """Whether it asks nothing."""
        return self == Filter()

    def matches(self, row: Row) -> bool:
        """Whether a client with this filter is to see the row."""
        return all(self.wanted.answers(row)) and not any(self.unwanted.answers(row))


_KEYS = ("status", "event", "subscription", "outcome", "code", "min_attempt")


def _object(value: Any, key: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise FilterError(f"{key}: must be an object")
    return value


def _texts(wire: Mapping[str, Any], key: str, check: Callable[[Any], str | None]) -> frozenset[str]:
    values = wire.get(key)
    if values is None:
        return frozenset()
    if not isinstance(values, list):
        raise FilterError(f"{key}: must be a list")
    if len(values) > MAX_VALUES:
        raise FilterError(f"{key}: at most {MAX_VALUES} values")
    return frozenset(_checked(key, value, check) for value in values)


def _checked(key: str, value: Any, check: Callable[[Any], str | None]) -> str:
    checked = check(value)
    if checked is None:
        # What is nested may be nested deeper than Python prints.
        shown = _NESTED.get(type(value)) or str(value)[:50]
        raise FilterError(f"{key}: {shown} is not {_MEANING[key]}")
    return checked


_NESTED: dict[type, str] = {list: "a list", dict: "an object"}
_MEANING = {
    "status": "a status",
    "outcome": "an outcome",
    "event": "an event type or a group of them such as invoice.*",
    "subscription": "the id of a subscription",
    "code": "an HTTP status or a class of them such as 5xx",
}


def _status(value: Any) -> str | None:
    return str(value) if isinstance(value, str) and value in DeliveryStatus.values else None


def _outcome(value: Any) -> str | None:
    return str(value) if isinstance(value, str) and value in list(Outcome) else None


def _event(value: Any) -> str | None:
    return value if isinstance(value, str) and len(value) <= 64 and _EVENT_PATTERN.fullmatch(value) else None


def _subscription(value: Any) -> str | None:
    try:
        return str(UUID(value)) if isinstance(value, str) else None
    except ValueError:
        return None


def _code(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value).lower()
    return text if _CODE_PATTERN.fullmatch(text) else None


def _min_attempt(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise FilterError("min_attempt: must be a whole number from 1")
    return value
