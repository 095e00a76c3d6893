"""Refusing to run where row-level security would bind nobody (production only; see tenancy/row_security.py)."""

from __future__ import annotations

import logging
import os
import sys
import threading
from typing import Any

import structlog
from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from project.config import exit_with
from tenancy import row_security

logger = structlog.get_logger(__name__)
_lock = threading.Lock()
_checked = False


def watch() -> None:
    """Look at the role when this process first reaches the database; one that row security does not bind ends it."""
    connection_created.connect(_check_role, dispatch_uid="project.database_role")


def require_protected_tables() -> None:
    """End the process when a table of the tenants has no row security. A database that is away cannot be asked."""
    try:
        tables = row_security.unprotected()
        is_open = row_security.opened_by_the_session()
    except Error as exc:
        logger.warning("row_security_not_checked", error=type(exc).__name__)
        return
    if is_open:
        exit_with(
            ["app.all_tenants or app.tenant_id is set for every connection (PGOPTIONS, or ALTER ROLE … SET): unset it"]
        )
    if tables:
        exit_with([f"row security is not forced on {', '.join(tables)}: run `make release`"])


def _check_role(connection: BaseDatabaseWrapper, **_options: Any) -> None:
    global _checked
    with _lock:
        if _checked:
            return
        _checked = True
        problem = row_security.role_problem(connection)
    if problem is None:
        return
    if threading.current_thread() is threading.main_thread():
        exit_with([problem])
    # From another thread only this ends a process.
    sys.stderr.write(f"error: {problem}\n")
    logging.shutdown()
    os._exit(2)
