"""`Idempotency-Key`: a POST that is sent again gets the same answer and changes nothing a second time.

First a row of the caller and the key is committed, with a lease: the same request meanwhile is refused. Then the
operation and its answer are one transaction, so that a crash in between leaves neither, and a retry takes over when
the lease has run out. A request that was too slow for its lease finds another token in the row: all it did is undone.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import wraps
from http import HTTPStatus
from typing import Any
from uuid import UUID

import orjson
from cryptography.fernet import InvalidToken
from django.db import DatabaseError, IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI

from rest.authentication import admitted
from rest.models import IdempotentRequest
from rest.problems import Problem, conflict, invalid
from tenancy.encrypted import decrypt, encrypt
from tenancy.ids import new_id
from tenancy.principal import Principal
from tenancy.row_security import of_all_tenants, of_tenant

HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotent-Replayed"
LIFETIME = timedelta(hours=24)
LEASE = timedelta(seconds=60)
PRUNED_AT_ONCE = 1000

_KEY = re.compile(r"[\x20-\x7e]{1,255}")
# They say something about the moment or the token, not about the request: sent again, it deserves another look.
_NOT_KEPT = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS}

Run = Callable[..., HttpResponse]


class LeaseLostError(Exception):
    """Another request took this one's row over meanwhile."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to carry out a request, as long as the row holds this token."""

    tenant_id: UUID
    row_id: UUID
    token: UUID


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it is kept: status, headers and body as JSON, compressed and encrypted."""

    sealed: str

    @classmethod
    def of(cls, response: HttpResponse) -> Answer:
        parts = [response.status_code, dict(response.items()), response.content.decode()]
        return cls(encrypt(b64encode(zlib.compress(orjson.dumps(parts))).decode()))

    def response(self) -> HttpResponse:
        """The answer again. Raises a 409 problem when its key is gone from ENCRYPTION_KEYS."""
        try:
            status, headers, body = orjson.loads(zlib.decompress(b64decode(decrypt(self.sealed))))
        except InvalidToken:
            raise conflict(f"the first answer to this {HEADER} can no longer be read; use a new key") from None
        return HttpResponse(body, status=status, headers={**headers, REPLAYED_HEADER: "true"})


def idempotent(api: NinjaAPI) -> Callable[[Run], Run]:
    """A decorator for all operations of the API; it acts on a POST that carries the header."""

    def decorate(run: Run) -> Run:
        @wraps(run)
        def once(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            key = request.headers.get(HEADER)
            if request.method != "POST" or key is None:
                return run(request, *args, **kwargs)
            try:
                principal = admitted(request)
                with of_tenant(principal.tenant_id):
                    found = begin(principal, key, fingerprint(request), datetime.now(UTC))
                if isinstance(found, Answer):
                    return found.response()
                return _carry_out(found, lambda: run(request, *args, **kwargs))
            except Exception as exc:
                response: HttpResponse = api.on_exception(request, exc)
                return response

        return once

    return decorate


def fingerprint(request: HttpRequest) -> str:
    """Hex SHA-256 of what makes two requests the same: method, path with query, body."""
    head = f"{request.method} {request.get_full_path()}\n"
    return hashlib.sha256(head.encode() + request.body).hexdigest()


def begin(principal: Principal, key: str, fingerprint: str, now: datetime) -> Lease | Answer:
    """The right to carry the request out, or the answer it had. Raises a 409 or 422 problem."""
    if not _KEY.fullmatch(key):
        raise invalid(HEADER, "use 1 to 255 printable ASCII characters")
    caller = f"token:{principal.token_id}" if principal.token_id else f"user:{principal.user_id}"
    rows = IdempotentRequest.objects.filter(tenant_id=principal.tenant_id, caller=caller, key=key)
    row = rows.first()
    if row is None:
        lease = Lease(principal.tenant_id, new_id(), new_id())
        with suppress(IntegrityError), transaction.atomic():
            IdempotentRequest.objects.create(
                id=lease.row_id,
                tenant_id=principal.tenant_id,
                caller=caller,
                key=key,
                created_at=now,
                **_leased(lease, fingerprint, now),
            )
            return lease
        row = rows.first()
    if row is None:  # it was there a moment ago: the first request failed just now
        raise _under_way()
    return _begin_again(row, fingerprint, now)


def _begin_again(row: IdempotentRequest, fingerprint: str, now: datetime) -> Lease | Answer:
    if row.created_at > now - LIFETIME:
        if row.fingerprint != fingerprint:
            raise conflict(f"this {HEADER} came with another request before; use a new key for a new request")
        if row.answer:
            return Answer(row.answer)
        if row.lease_expires_at and row.lease_expires_at > now:
            raise _under_way()
    lease = Lease(row.tenant_id, row.id, new_id())
    free = IdempotentRequest.objects.filter(id=row.id, lease_token=row.lease_token)
    if not free.update(created_at=now, answer="", **_leased(lease, fingerprint, now)):
        raise _under_way()
    return lease


def _leased(lease: Lease, fingerprint: str, now: datetime) -> dict[str, Any]:
    return {"fingerprint": fingerprint, "lease_token": lease.token, "lease_expires_at": now + LEASE}


def _under_way() -> Problem:
    detail = f"a request with this {HEADER} is under way; send it again in a moment"
    return Problem(HTTPStatus.CONFLICT, detail, headers={"Retry-After": "1"})


def _carry_out(lease: Lease, operation: Callable[[], HttpResponse]) -> HttpResponse:
    try:
        with transaction.atomic(), of_tenant(lease.tenant_id):
            response = operation()
            if response.status_code < HTTPStatus.BAD_REQUEST:
                _keep(lease, response)
            else:
                # A refusal leaves nothing behind, and after an error of the database nothing could be stored here.
                transaction.set_rollback(True)
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR or response.status_code in _NOT_KEPT:
            _release(lease)
        elif response.status_code >= HTTPStatus.BAD_REQUEST:
            _keep(lease, response)
    except LeaseLostError:
        raise _under_way() from None
    except BaseException:
        with suppress(DatabaseError):  # the lease runs out by itself
            _release(lease)
        raise
    return response


def _keep(lease: Lease, response: HttpResponse) -> None:
    rows = IdempotentRequest.objects.filter(id=lease.row_id, lease_token=lease.token)
    with of_tenant(lease.tenant_id):
        if not rows.update(answer=Answer.of(response).sealed, lease_token=None, lease_expires_at=None):
            raise LeaseLostError


def _release(lease: Lease) -> None:
    with of_tenant(lease.tenant_id):
        IdempotentRequest.objects.filter(id=lease.row_id, lease_token=lease.token).delete()


def prune(now: datetime | None = None) -> int:
    """Forget what is older than LIFETIME; returns how many rows went."""
    old = IdempotentRequest.objects.filter(created_at__lte=(now or datetime.now(UTC)) - LIFETIME)
    pruned = 0
    while True:
        # Small transactions, so that nobody waits long for one (SQLite has one writer at a time).
        with of_all_tenants():
            batch = list(old.values_list("id", flat=True)[:PRUNED_AT_ONCE])
            IdempotentRequest.objects.filter(id__in=batch).delete()
        pruned += len(batch)
        if len(batch) < PRUNED_AT_ONCE:
            return pruned
