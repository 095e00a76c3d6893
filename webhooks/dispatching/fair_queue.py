"""Which delivery is next: round-robin over tenants, then over their subscriptions, under caps.

Pure bookkeeping without clock or input/output; the dispatcher owns it and calls it on its event loop only.
Everything is bounded. What does not fit is left out, and its subscription is remembered as *backlogged*: its further
rows are fetched from the table when there is room again.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from uuid import UUID

from webhooks.dispatching.refs import Ref


class _Line:
    """The waiting refs and the requests in flight of one subscription."""

    __slots__ = ("backlogged", "in_flight", "refs", "tenant_id")

    def __init__(self, tenant_id: UUID) -> None:
        self.tenant_id = tenant_id
        self.refs: deque[Ref] = deque()
        self.in_flight = 0
        self.backlogged = False


class FairQueue:
    """Refs ready to be claimed.

    `subscription_in_flight`: requests one subscription may have under way; `capacity`: refs held over all;
    `tenant_in_flight`: requests one tenant may have under way, so that its hanging endpoints leave slots for others.
    """

    def __init__(self, subscription_in_flight: int, capacity: int, tenant_in_flight: int | None = None) -> None:
        self._cap = subscription_in_flight
        self._tenant_cap = tenant_in_flight or capacity
        self._line_length = 2 * subscription_in_flight
        self._capacity = capacity
        self._lines: dict[UUID, _Line] = {}
        self._turns: dict[UUID, deque[UUID]] = {}  # tenant -> its subscriptions that can send now, in turn
        self._tenants: deque[UUID] = deque()  # tenants of _turns, in turn
        self._parked: set[UUID] = set()  # tenants of _turns that have as much in flight as they may
        self._in_flight_of: Counter[UUID] = Counter()  # by tenant
        self._known: set[UUID] = set()  # deliveries queued or in flight: a second wake-up changes nothing
        self._queued = 0
        self.in_flight = 0

    def __len__(self) -> int:
        return self._queued

    @property
    def full(self) -> bool:
        """No room for another ref."""
        return self._queued >= self._capacity

    @property
    def wants_rows(self) -> bool:
        """Some subscription has rows in the table that were left out, and room for them now."""
        return any(line.backlogged and len(line.refs) <= self._cap for line in self._lines.values())

    @property
    def line_length(self) -> int:
        """How many refs one subscription may have queued."""
        return self._line_length

    def saturated(self) -> list[UUID]:
        """Subscriptions whose line is more than half full: fetching more rows for them would be wasted."""
        return [key for key, line in self._lines.items() if len(line.refs) > self._cap]

    def offer(self, ref: Ref) -> bool:
        """Queue a ref; False when it did not fit. One that is already known counts as queued."""
        if ref.delivery_id in self._known:
            return True
        line = self._lines.get(ref.subscription_id)
        if line is None:
            line = self._lines[ref.subscription_id] = _Line(ref.tenant_id)
        if self.full or len(line.refs) >= self._line_length:
            line.backlogged = True
            return False
        self._known.add(ref.delivery_id)
        self._queued += 1
        line.refs.append(ref)
        if len(line.refs) == 1 and line.in_flight < self._cap:
            self._give_turn(ref.subscription_id, line)
        return True

    def fetched(self, found: dict[UUID, int], passed_over: Iterable[UUID]) -> None:
        """The table was read for everyone but `passed_over`; `found` counts the rows of each subscription.

        A full page means that there may be more; anything less, that all of them are known here now.
        """
        skipped = set(passed_over)
        for subscription_id, line in list(self._lines.items()):
            if subscription_id not in skipped:
                line.backlogged = found.get(subscription_id, 0) >= self._line_length
                self._forget_if_idle(subscription_id, line)

    def take(self, limit: int) -> list[Ref]:
        """The next refs to claim, at most `limit`; each holds a slot of its subscription until `release`."""
        taken: list[Ref] = []
        while self._tenants and len(taken) < limit:
            tenant = self._tenants.popleft()
            if self._in_flight_of[tenant] >= self._tenant_cap:
                self._parked.add(tenant)
                continue
            turns = self._turns[tenant]
            subscription_id = turns.popleft()
            line = self._lines[subscription_id]
            taken.append(line.refs.popleft())
            line.in_flight += 1
            self._in_flight_of[tenant] += 1
            if line.refs and line.in_flight < self._cap:
                turns.append(subscription_id)
            if turns:
                self._tenants.append(tenant)
            else:
                del self._turns[tenant]
        self._queued -= len(taken)
        self.in_flight += len(taken)
        return taken

    def release(self, refs: Iterable[Ref]) -> None:
        """The attempts of these refs ended or were not won: free their slots."""
        for ref in refs:
            self._known.discard(ref.delivery_id)
            self.in_flight -= 1
            line = self._lines[ref.subscription_id]
            line.in_flight -= 1
            self._leave(line.tenant_id)
            if line.refs and line.in_flight == self._cap - 1:
                self._give_turn(ref.subscription_id, line)
            self._forget_if_idle(ref.subscription_id, line)

    def _leave(self, tenant_id: UUID) -> None:
        self._in_flight_of[tenant_id] -= 1
        if not self._in_flight_of[tenant_id]:
            del self._in_flight_of[tenant_id]
        if tenant_id in self._parked:
            self._parked.discard(tenant_id)
            self._tenants.append(tenant_id)

    def _forget_if_idle(self, subscription_id: UUID, line: _Line) -> None:
        if not (line.refs or line.in_flight or line.backlogged):
            del self._lines[subscription_id]

    def _give_turn(self, subscription_id: UUID, line: _Line) -> None:
        turns = self._turns.get(line.tenant_id)
        if turns is None:
            turns = self._turns[line.tenant_id] = deque()
            self._tenants.append(line.tenant_id)
        turns.append(subscription_id)
