"""Everything that is encrypted at rest comes under the newest of ENCRYPTION_KEYS, so that older ones can be dropped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cryptography.fernet import InvalidToken
from django.db import models, transaction
from django.db.models.functions import Cast

from rest.models import IdempotentRequest
from tenancy.encrypted import Unreadable, decrypt, encrypt, is_under_newest_key
from tenancy.row_security import of_all_tenants
from webhooks.models import Subscription

COLUMNS: tuple[tuple[type[models.Model], str], ...] = (
    (Subscription, "secret"),
    (Subscription, "former_secrets"),
    (IdempotentRequest, "answer"),
)
ROWS_AT_ONCE = 200


@dataclass
class Rotation:
    """How many values were looked at, encrypted anew, and readable by none of the keys."""

    checked: int = 0
    reencrypted: int = 0
    unreadable: int = 0


def rotate() -> Rotation:
    """Encrypt anew what is not under the newest key. Safe to run twice, and while everything runs."""
    rotation = Rotation()
    for model, column in COLUMNS:
        last: Any = None
        while (last := _rotate_some(model, column, last, rotation)) is not None:
            pass
    return rotation


def _rotate_some(model: type[models.Model], column: str, after: Any, rotation: Rotation) -> Any:
    """The next rows, each locked until its new value is there; returns the last one's id."""
    with transaction.atomic(), of_all_tenants():
        rows = model._default_manager.exclude(**{column: ""}).order_by("pk").select_for_update(of=("self",))
        if after is not None:
            rows = rows.filter(pk__gt=after)
        # As text: the column itself would come decrypted.
        found = list(rows.values_list("pk", Cast(column, models.TextField()))[:ROWS_AT_ONCE])
        for pk, ciphertext in found:
            rotation.checked += 1
            if is_under_newest_key(ciphertext):
                continue
            try:
                renewed = encrypt(decrypt(ciphertext))
            except InvalidToken:
                rotation.unreadable += 1
                continue
            model._default_manager.filter(pk=pk).update(**{column: Unreadable(renewed)})
            rotation.reencrypted += 1
    return found[-1][0] if found else None
