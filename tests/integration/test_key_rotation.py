"""Everything that is encrypted at rest can be brought under a new key."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography.fernet import Fernet

from project import key_rotation
from rest.models import IdempotentRequest
from tenancy.encrypted import EncryptedTextField, decrypt, encrypt
from tenancy.ids import new_id
from tests.factories import make_subscription
from webhooks import subscriptions
from webhooks.models import Subscription

pytestmark = pytest.mark.django_db


def make_answer():
    return IdempotentRequest.objects.create(
        tenant_id=new_id(),
        caller="token:1",
        key="k",
        fingerprint="f",
        created_at=datetime.now(UTC),
        answer=encrypt("kept"),
    )


def test_after_a_rotation_the_old_key_is_needed_no_more(settings, monkeypatch):
    monkeypatch.setattr(key_rotation, "ROWS_AT_ONCE", 2)
    many = [make_subscription(secret=f"secret-number-{number}") for number in range(5)]
    subscriptions.rotate_secret(many[0].id)
    make_answer()
    old, new = settings.ENCRYPTION_KEYS, Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new, *old]
    rotation = key_rotation.rotate()
    assert (rotation.checked, rotation.reencrypted, rotation.unreadable) == (7, 7, 0)
    settings.ENCRYPTION_KEYS = [new]
    assert Subscription.objects.get(id=many[4].id).secret == "secret-number-4"
    assert Subscription.objects.get(id=many[0].id).former_secrets[0][0] == "secret-number-0"
    assert decrypt(IdempotentRequest.objects.get().answer) == "kept"
    assert key_rotation.rotate().reencrypted == 0


def test_what_no_key_reads_is_counted_and_left_alone(settings):
    whole = make_subscription(secret="a-whole-secret")
    settings.ENCRYPTION_KEYS, old = [Fernet.generate_key().decode()], settings.ENCRYPTION_KEYS
    rotation = key_rotation.rotate()
    assert (rotation.checked, rotation.reencrypted, rotation.unreadable) == (1, 0, 1)
    settings.ENCRYPTION_KEYS = old
    assert Subscription.objects.get(id=whole.id).secret == "a-whole-secret"


def test_every_encrypted_column_is_rotated():
    from django.apps import apps

    columns = {
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, EncryptedTextField)
    }
    assert columns <= set(key_rotation.COLUMNS)
