"""Django's database sessions, for keys that can be keys.

A cookie may hold anything, a NUL too, which PostgreSQL refuses with an error; such a key is nobody's session.
"""

from __future__ import annotations

import re

from django.contrib.sessions.backends import db

_KEY = re.compile("[a-z0-9]{8,40}")


class SessionStore(db.SessionStore):
    """Named by `settings.SESSION_ENGINE`."""

    def _validate_session_key(self, key: str | None) -> bool:
        return bool(key) and _KEY.fullmatch(str(key)) is not None
