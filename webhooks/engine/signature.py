"""Signatures of the webhook request, in two schemes, and the secrets they are made with.

`X-Signature`: `sha256=` + hex HMAC-SHA256 of the body, keyed by the secret's characters (GitHub's scheme).
`webhook-signature`: Standard Webhooks 1.0.0, https://www.standardwebhooks.com: `v1,` + base64 HMAC-SHA256 of
`{webhook-id}.{webhook-timestamp}.{body}`, keyed by the decoded part of a `whsec_…` secret.
"""

from __future__ import annotations

import hmac
import secrets as _secrets
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from functools import lru_cache

PREFIX = "whsec_"
GENERATED_BYTES = 32
KEY_BYTES = range(24, 65)
LENGTH = range(8, 129)
ADVICE = "use 8 to 128 printable characters, or whsec_ and base64 of 24 to 64 bytes"


def x_signature(secret: str, body: bytes) -> str:
    """The value of `X-Signature`."""
    return "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()


def standard_signature(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: one signature for each live secret, newest first, separated by a space."""
    message = b"%s.%d.%s" % (message_id.encode(), timestamp, body)
    return " ".join("v1," + b64encode(hmac.digest(_key(secret), message, "sha256")).decode() for secret in secrets)


def generate_secret() -> str:
    """A fresh secret: `whsec_` + base64 of 32 random bytes."""
    return PREFIX + b64encode(_secrets.token_bytes(GENERATED_BYTES)).decode()


def check_secret(secret: str) -> None:
    """Raise ValueError, saying what is allowed, when this cannot be a secret."""
    if secret.startswith(PREFIX):
        try:
            key = b64decode(secret.removeprefix(PREFIX), validate=True)
        except (Base64Error, ValueError):
            raise ValueError(f"what follows whsec_ is not base64; {ADVICE}") from None
        if len(key) not in KEY_BYTES:
            raise ValueError(f"what follows whsec_ decodes to {len(key)} bytes; {ADVICE}")
    elif len(secret) not in LENGTH or not secret.isprintable():
        raise ValueError(f"not a usable secret; {ADVICE}")


def mask_secret(secret: str) -> str:
    """What may be shown of a secret after its creation."""
    return "…" + secret[-4:]


@lru_cache(maxsize=4096)
def _key(secret: str) -> bytes:
    return b64decode(secret.removeprefix(PREFIX)) if secret.startswith(PREFIX) else secret.encode()
