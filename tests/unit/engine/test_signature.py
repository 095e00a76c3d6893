import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook

from webhooks.engine.signature import check_secret, generate_secret, mask_secret, standard_signature, x_signature

BODY = b'{"id":"e-1","data":{"amount":"12.50"}}'


def test_x_signature_is_the_hex_hmac_of_the_body_by_the_secrets_characters():
    expected = hmac.new(b"correct-horse", BODY, hashlib.sha256).hexdigest()
    assert x_signature("correct-horse", BODY) == f"sha256={expected}"


def test_standard_signature_is_accepted_by_the_public_package():
    secret = generate_secret()
    now = int(datetime.now(UTC).timestamp())
    headers = {
        "webhook-id": "e-1",
        "webhook-timestamp": str(now),
        "webhook-signature": standard_signature([secret], "e-1", now, BODY),
    }
    assert Webhook(secret).verify(BODY, headers) == json.loads(BODY)


def test_secret_without_prefix_signs_by_its_characters():
    expected = base64.b64encode(hmac.new(b"correct-horse", b"e-1.17." + BODY, hashlib.sha256).digest()).decode()
    assert standard_signature(["correct-horse"], "e-1", 17, BODY) == f"v1,{expected}"


def test_rotation_signs_with_every_live_secret_newest_first():
    new, old = "the-new-secret", "the-old-secret"
    both = standard_signature([new, old], "e-1", 17, BODY)
    assert both.split(" ") == [standard_signature([secret], "e-1", 17, BODY) for secret in (new, old)]


def test_generated_secrets_are_valid_and_differ():
    first, second = generate_secret(), generate_secret()
    check_secret(first)
    assert first != second
    assert len(base64.b64decode(first.removeprefix("whsec_"))) == 32


@pytest.mark.parametrize(
    "secret", ["12345678", "x" * 128, "sécret-with-ü", "whsec_" + base64.b64encode(b"k" * 24).decode()]
)
def test_usable_secrets_are_accepted(secret):
    check_secret(secret)


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "1234567",
        "x" * 129,
        "tab\tinside",
        "line\ninside",
        "whsec_",
        "whsec_not base64!",
        "whsec_" + base64.b64encode(b"k" * 23).decode(),
        "whsec_" + base64.b64encode(b"k" * 65).decode(),
    ],
)
def test_unusable_secrets_are_refused_with_advice(secret):
    with pytest.raises(ValueError, match="8 to 128 printable"):
        check_secret(secret)


def test_masked_secret_shows_the_last_four_characters():
    assert mask_secret("correct-horse") == "…orse"
