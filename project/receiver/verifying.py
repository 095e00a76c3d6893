"""Is a webhook genuine? Checked as an integration developer would, from the published rules.

`X-Signature`: `sha256=` + hex HMAC-SHA256 of the body, keyed with the secret's characters.
`webhook-signature`: Standard Webhooks 1.0 (https://www.standardwebhooks.com), one `v1,base64` for each live secret.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

# Standard Webhooks: an older or newer timestamp may be a replayed request. Seconds.
TOLERANCE = 300


def standard_key(secret: str) -> bytes:
    """The HMAC key: the decoded part of a `whsec_…` secret, any other secret's characters. Raises ValueError."""
    if not secret.startswith("whsec_"):
        return secret.encode()
    encoded = secret.removeprefix("whsec_")
    return base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)


def is_genuine(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Whether both signatures fit. `headers` are looked up in lower case; `now` is in seconds since the epoch."""
    return _plain_fits(secret, headers, body) and _standard_fits(standard_key(secret), headers, body, now)


def _plain_fits(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), _bytes(headers.get("x-signature", "")))


def _standard_fits(key: bytes, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    timestamp = headers.get("webhook-timestamp", "")
    if not (timestamp.isascii() and timestamp.isdigit()) or abs(now - int(timestamp)) > TOLERANCE:
        return False
    signed = _bytes(f"{headers.get('webhook-id', '')}.{timestamp}.") + body
    expected = b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(expected, _bytes(signature)) for signature in given)


def _bytes(text: str) -> bytes:
    # Header bytes that are not UTF-8 reach us as lone surrogates.
    return text.encode(errors="surrogateescape")
