"""The wake-up for one delivery: enough to queue it fairly before it is claimed, and nothing that could go stale."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID


class Ref(NamedTuple):
    """`due` is in seconds since the epoch."""

    delivery_id: UUID
    subscription_id: UUID
    tenant_id: UUID
    due: float
