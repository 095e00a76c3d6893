"""Row-level security: PostgreSQL itself shows a tenant's rows to nobody who did not say that they act for the tenant.

Two settings of a transaction decide, here and nowhere else: `app.tenant_id` shows the rows of one tenant,
`app.all_tenants` those of all. With neither there are no rows. It guards against a forgotten filter, not against SQL
injection: whoever can run SQL can change the settings. SQLite has nothing of the kind; there queries alone keep tenants
apart, as they do on PostgreSQL, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.pq import TransactionStatus

POLICY = "tenant_rows"
# The look-ups are sub-selects so that they are made once for a query and not for each row.
_VISIBLE = """(SELECT current_setting('app.all_tenants', true)) = 'on'
    OR tenant_id = (SELECT NULLIF(current_setting('app.tenant_id', true), '')::uuid)"""
_SET = """SELECT current_setting('app.tenant_id', true), current_setting('app.all_tenants', true),
    set_config('app.tenant_id', %s, true), set_config('app.all_tenants', %s, true)"""


@contextmanager
def of_tenant(tenant_id: UUID) -> Iterator[None]:
    """The rows of one tenant. On PostgreSQL this is a transaction, or part of the one that is under way."""
    with _rows(str(tenant_id), ""):
        yield


@contextmanager
def of_all_tenants() -> Iterator[None]:
    """The rows of all tenants: for workers, staff, commands, and to find out whose a token is."""
    with _rows("", "on"):
        yield


@contextmanager
def _rows(tenant_id: str, all_tenants: str) -> Iterator[None]:
    if connection.vendor != "postgresql":
        yield
    elif connection.in_atomic_block:
        before = _set(tenant_id, all_tenants)
        try:
            yield
        finally:
            # After an error of the database nothing can be set any more; rolling back undoes it.
            if _is_usable():
                _set(*before)
    else:
        with transaction.atomic():
            _set(tenant_id, all_tenants)
            yield


def _set(tenant_id: str, all_tenants: str) -> tuple[str, str]:
    """Returns what was set before."""
    with connection.cursor() as cursor:
        cursor.execute(_SET, [tenant_id, all_tenants])
        before = cursor.fetchone()
    return before[0] or "", before[1] or ""


def _is_usable() -> bool:
    driver: Any = connection.connection
    status = driver.info.transaction_status if driver and not driver.closed else TransactionStatus.UNKNOWN
    return status is TransactionStatus.INTRANS and not connection.needs_rollback


def tables() -> list[str]:
    """Every table whose rows belong to a tenant."""
    models = apps.get_models(include_auto_created=True)
    return sorted(m._meta.db_table for m in models if any(f.column == "tenant_id" for f in m._meta.local_fields))


def protect() -> None:
    """Turn it on for every table that has none yet. Run after each migration, as the tables' owner."""
    with connection.cursor() as cursor:
        for table in unprotected():
            cursor.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY')
            cursor.execute("SELECT polname FROM pg_policy WHERE polrelid = quote_ident(%s)::regclass", [table])
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP POLICY "{name}" ON "{table}"')
            cursor.execute(f'CREATE POLICY {POLICY} ON "{table}" USING ({_VISIBLE})')


def unprotected() -> list[str]:
    """Tables whose rows belong to a tenant and that somebody could read without saying which. None on SQLite."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.relname FROM pg_class c
               WHERE c.oid = ANY(SELECT to_regclass(quote_ident(name)) FROM unnest(%s::text[]) name)
                 AND NOT (c.relrowsecurity AND c.relforcerowsecurity AND COALESCE((
                     -- One policy and no other: several are joined by OR.
                     SELECT count(*) = 1 AND bool_and(p.polname = %s AND p.polcmd = '*' AND p.polwithcheck IS NULL
                         AND pg_get_expr(p.polqual, p.polrelid) LIKE '%%app.all_tenants%%= ''on''%%OR%%app.tenant_id%%')
                     FROM pg_policy p WHERE p.polrelid = c.oid), false))
               ORDER BY c.relname""",
            [tables(), POLICY],
        )
        return [row[0] for row in cursor.fetchall()]


def opened_by_the_session() -> bool:
    """Whether connections come with the settings already made (PGOPTIONS, ALTER ROLE … SET): nothing is denied then."""
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.all_tenants', true), current_setting('app.tenant_id', true)")
        return any(cursor.fetchone())


def role_problem(signed_in: BaseDatabaseWrapper) -> str | None:
    """Why row security would not bind the role of a connection; None where it does, and on SQLite."""
    if signed_in.vendor != "postgresql":
        return None
    with signed_in.cursor() as cursor:
        cursor.execute("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        name, is_super, bypasses = cursor.fetchone()
    if not (is_super or bypasses):
        return None
    why = "is a superuser" if is_super else "has BYPASSRLS"
    return (
        f"DATABASE_URL: the role {name} {why}, so that row security would not bind it; use one that is neither "
        "(CREATE ROLE … LOGIN NOSUPERUSER NOBYPASSRLS); it may own the database"
    )
