"""What an ERP service can refuse, as data; the API answers each with its own problem document.

DomainError
├── NotFoundError       no such thing in this tenant                 -> 404
├── InvalidFieldError   a value that the rules do not allow          -> 422
└── ConflictError       the thing's state does not allow the change  -> 409
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from uuid import UUID


class DomainError(Exception):
    """A use case was refused; nothing was changed and nothing published."""


class NotFoundError(DomainError):
    """`kind` is the thing's name, e.g. `customer`."""

    def __init__(self, kind: str, entity_id: UUID) -> None:
        super().__init__(f"no such {kind}: {entity_id}")
        self.kind = kind
        self.entity_id = entity_id


class InvalidFieldError(DomainError):
    """`field` is the name of the wrong value, `message` what is wrong with it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class ConflictError(DomainError):
    """`status` is the state the thing is in, `detail` says why that is in the way."""

    def __init__(self, kind: str, entity_id: UUID, status: str, detail: str = "") -> None:
        super().__init__(detail or f"the {kind} {'has already' if status == 'failed' else 'is already'} {status}")
        self.kind = kind
        self.entity_id = entity_id
        self.status = status


def wrong_move(kind: str, entity_id: UUID, status: str, wanted: str, allowed: Iterable[str]) -> ConflictError:
    """The refusal of a change to the state `wanted`, which only the states `allowed` can become."""
    if status == wanted:
        return ConflictError(kind, entity_id, status)
    *others, last = allowed
    states = f"{', '.join(others)} or {last}" if others else last
    detail = f"the {kind} is {status}; only one that is {states} can be {wanted}"
    return ConflictError(kind, entity_id, status, detail)


@contextmanager
def refusing(field: str) -> Iterator[None]:
    """A rule's ValueError becomes an InvalidFieldError of that field."""
    try:
        yield
    except ValueError as exc:
        raise InvalidFieldError(field, str(exc)) from exc
