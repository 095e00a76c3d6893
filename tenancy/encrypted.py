"""Text that is encrypted at rest, and a column of it."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    """Fernet ciphertext (URL-safe text) under the newest key of ENCRYPTION_KEYS."""
    return _cipher(tuple(settings.ENCRYPTION_KEYS)).encrypt(text.encode()).decode()


def is_under_newest_key(ciphertext: str) -> bool:
    """Whether it could be read with the newest key of ENCRYPTION_KEYS alone."""
    try:
        Fernet(settings.ENCRYPTION_KEYS[0]).decrypt(ciphertext.encode())
    except InvalidToken:
        return False
    return True


def decrypt(ciphertext: str) -> str:
    """The text, by whichever configured key fits; raises cryptography's InvalidToken when none does."""
    return _cipher(tuple(settings.ENCRYPTION_KEYS)).decrypt(ciphertext.encode()).decode()


# Secrets are short, and a worker needs the same ones again and again.
@lru_cache(maxsize=10_000)
def _remembered(keys: tuple[str, ...], ciphertext: str) -> str:
    return _cipher(keys).decrypt(ciphertext.encode()).decode()


class UnreadableError(Exception):
    """A value was encrypted under a key that is no longer among ENCRYPTION_KEYS."""


class Unreadable(str):
    """The ciphertext of such a value. A row that has one can be read, changed and saved; only using it is refused."""

    __slots__ = ()


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # not generic at run time
    """Short text in Python, MultiFernet ciphertext in the database. The empty string stays empty."""

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, Unreadable):
            return str(value)
        return encrypt(value) if value else value

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        if not value:
            return value
        try:
            return _remembered(tuple(settings.ENCRYPTION_KEYS), value)
        except InvalidToken:
            return Unreadable(value)


class EncryptedListField(EncryptedTextField):
    """A list of JSON values, encrypted as a whole. An empty list is stored as the empty string."""

    def get_prep_value(self, value: Any) -> Any:
        if not isinstance(value, Unreadable):
            value = json.dumps(value) if value else ""
        return super().get_prep_value(value)

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        text = super().from_db_value(value, expression, connection)
        if isinstance(text, Unreadable):
            return text
        return json.loads(text) if text else []


def readable(value: Any) -> Any:
    """The value of an encrypted column. Raises UnreadableError."""
    if isinstance(value, Unreadable):
        raise UnreadableError("encrypted under another key; check ENCRYPTION_KEYS")
    return value
