"""Which delivery is next: round-robin over tenants, then over their subscriptions, under caps.

Pure bookkeeping without clock or input/output; the dispatcher owns it and calls it on its event loop only.
Everything is bounded. What does not fit is left out, and its subscription is remembered as *backlogged*: once its line
is empty, its turns go to whatever row of it falls due next in the table.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from webhooks.dispatching.refs import Ref


class Taken(NamedTuple):
    """What to claim: these refs, and of these subscriptions so many of the rows that are due first."""

    refs: list[Ref]
    next_of: Counter[UUID]

    def __bool__(self) -> bool:
        return bool(self.refs or self.next_of)


class _Line:
    """The waiting refs and the requests in flight of one subscription."""

    __slots__ = ("backlogged", "in_flight", "in_turn", "refs", "refused", "tenant_id")

    def __init__(self, tenant_id: UUID) -> None:
        self.tenant_id = tenant_id
        self.refs: deque[Ref] = deque()
        self.in_flight = 0
        self.in_turn = False
        self.backlogged = False  # the table has due rows that are not here
        self.refused = False  # a ref was left out since rows were last taken from the table


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
    def line_length(self) -> int:
        """How many refs one subscription may have queued."""
        return self._line_length

    def saturated(self) -> list[UUID]:
        """Subscriptions that need no rows from the table: their line is half full, or they are backlogged anyway."""
        return [key for key, line in self._lines.items() if line.backlogged or len(line.refs) > self._cap]

    def offer(self, ref: Ref) -> bool:
        """Queue a ref; False when it did not fit. One that is already known counts as queued."""
        if ref.delivery_id in self._known:
            return True
        line = self._line(ref.subscription_id, ref.tenant_id)
        fits = not self.full and len(line.refs) < self._line_length
        if fits:
            self._known.add(ref.delivery_id)
            self._queued += 1
            line.refs.append(ref)
        else:
            line.backlogged = line.refused = True
        self._give_turn(ref.subscription_id, line)
        return fits

    def backlog(self, subscription_id: UUID, tenant_id: UUID) -> None:
        """The table has more due rows of this subscription than were offered."""
        line = self._line(subscription_id, tenant_id)
        line.backlogged = True
        self._give_turn(subscription_id, line)

    def take(self, limit: int) -> Taken:
        """What to claim next, at most `limit` in all; each holds a slot of its subscription until it is released."""
        taken = Taken([], Counter())
        count = 0
        while self._tenants and count < limit:
            tenant = self._tenants.popleft()
            if self._in_flight_of[tenant] >= self._tenant_cap:
                self._parked.add(tenant)
                continue
            turns = self._turns[tenant]
            subscription_id = turns.popleft()
            line = self._lines[subscription_id]
            count += self._take_one(taken, subscription_id, line)
            line.in_turn = self._is_ready(line)
            if line.in_turn:
                turns.append(subscription_id)
            if turns:
                self._tenants.append(tenant)
            else:
                del self._turns[tenant]
            self._forget_if_idle(subscription_id, line)
        self._queued -= len(taken.refs)
        return taken

    def _take_one(self, taken: Taken, subscription_id: UUID, line: _Line) -> int:
        if not self._is_ready(line):  # it was, when it was given its turn
            return 0
        if line.refs:
            taken.refs.append(line.refs.popleft())
        else:
            taken.next_of[subscription_id] += 1
            line.refused = False
        line.in_flight += 1
        self.in_flight += 1
        self._in_flight_of[line.tenant_id] += 1
        return 1

    def release(self, refs: Iterable[Ref]) -> None:
        """The attempts of these refs ended or were not won: free their slots."""
        for ref in refs:
            self._known.discard(ref.delivery_id)
            self._free(ref.subscription_id, 1)

    def release_unclaimed(self, next_of: Mapping[UUID, int]) -> None:
        """The claim of `next_of` failed: free the slots; the rows are still there."""
        for subscription_id, count in next_of.items():
            self._free(subscription_id, count)

    def release_missing(self, missing: Mapping[UUID, int]) -> None:
        """Of `next_of`, so many rows were not there: free their slots. Nothing more is due but what came meanwhile."""
        for subscription_id, count in missing.items():
            line = self._lines[subscription_id]
            line.backlogged = line.refused
            self._free(subscription_id, count)

    def _line(self, subscription_id: UUID, tenant_id: UUID) -> _Line:
        line = self._lines.get(subscription_id)
        if line is None:
            line = self._lines[subscription_id] = _Line(tenant_id)
        return line

    def _is_ready(self, line: _Line) -> bool:
        return bool(line.refs or line.backlogged) and line.in_flight < self._cap

    def _free(self, subscription_id: UUID, slots: int) -> None:
        line = self._lines[subscription_id]
        line.in_flight -= slots
        self.in_flight -= slots
        self._leave(line.tenant_id, slots)
        self._give_turn(subscription_id, line)
        self._forget_if_idle(subscription_id, line)

    def _leave(self, tenant_id: UUID, slots: int) -> None:
        self._in_flight_of[tenant_id] -= slots
        if not self._in_flight_of[tenant_id]:
            del self._in_flight_of[tenant_id]
        if tenant_id in self._parked:
            self._parked.discard(tenant_id)
            self._tenants.append(tenant_id)

    def _forget_if_idle(self, subscription_id: UUID, line: _Line) -> None:
        if not (line.refs or line.in_flight or line.backlogged or line.in_turn):
            del self._lines[subscription_id]

    def _give_turn(self, subscription_id: UUID, line: _Line) -> None:
        if line.in_turn or not self._is_ready(line):
            return
        line.in_turn = True
        turns = self._turns.get(line.tenant_id)
        if turns is None:
            turns = self._turns[line.tenant_id] = deque()
            self._tenants.append(line.tenant_id)
        turns.append(subscription_id)
