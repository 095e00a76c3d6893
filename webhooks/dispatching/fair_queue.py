"""Which delivery is next: round-robin over tenants, then over their subscriptions, under caps.

Pure bookkeeping without clock or input/output; the dispatcher owns it and calls it on its event loop only.
Everything is bounded. What does not fit is left out, and its subscription is remembered as *backlogged*: once its line
is empty, its turns go to whatever row of it falls due next in the table.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import NamedTuple
from uuid import UUID

from webhooks.dispatching.refs import Ref

# A subscription that has answered nothing for so long, with requests under way, is slow: all slow ones share some of
# the slots, so that endpoints that hang leave the others theirs until their circuits open.
SLOW_SECONDS = 1.0
# Subscriptions whose limit is remembered while they are idle.
LIMITS_KEPT = 10_000


class Verdict(Enum):
    """What an attempt says about its receiver."""

    SUCCESS = "success"
    ANSWERED = "answered"  # with an error
    OVERLOADED = "overloaded"  # 429 or 503
    SILENT = "silent"  # no answer


class Taken(NamedTuple):
    """What to claim: these refs, and of these subscriptions so many of the rows that are due first."""

    refs: list[Ref]
    next_of: Counter[UUID]

    def __bool__(self) -> bool:
        return bool(self.refs or self.next_of)


class _Line:
    """The waiting refs and the requests in flight of one subscription. `limit`: how many it may have in flight."""

    __slots__ = ("allowance", "backlogged", "heard_at", "in_flight", "in_turn", "limit", "refs", "refused", "tenant_id")

    def __init__(self, tenant_id: UUID, limit: int) -> None:
        self.tenant_id = tenant_id
        self.limit = limit
        self.allowance: int | None = None  # of a subscription with a rate limit: how many may be taken now
        self.heard_at = 0.0  # when it last answered, or was called when nothing was under way
        self.refs: deque[Ref] = deque()
        self.in_flight = 0
        self.in_turn = False
        self.backlogged = False  # the table has due rows that are not here
        self.refused = False  # a ref was left out since rows were last taken from the table


class FairQueue:
    """Refs ready to be claimed.

    `subscription_in_flight`: requests one subscription may have under way; `capacity`: refs held over all;
    `tenant_in_flight`: requests one tenant may have under way, so that its hanging endpoints leave slots for others;
    `slow_in_flight`: requests that all slow subscriptions together may have under way.

    A subscription whose circuit closed, or whose receiver is overloaded, goes on with one request in flight, and one
    more with each success: 1, 2, 4 … per round trip, up to its cap. Times are seconds of any monotonic clock.
    """

    def __init__(
        self,
        subscription_in_flight: int,
        capacity: int,
        tenant_in_flight: int | None = None,
        slow_in_flight: int | None = None,
    ) -> None:
        self._cap = subscription_in_flight
        self._tenant_cap = tenant_in_flight or capacity
        self._slow_cap = slow_in_flight or capacity
        self._limits: OrderedDict[UUID, int] = OrderedDict()  # of subscriptions below their cap
        self._flying: set[UUID] = set()  # subscriptions with requests in flight
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

    def take(self, limit: int, now: float = 0.0) -> Taken:
        """What to claim next, at most `limit` in all; each holds a slot of its subscription until it is released."""
        taken = Taken([], Counter())
        count = 0
        slow = {key for key in self._flying if now - self._lines[key].heard_at > SLOW_SECONDS}
        slow_slots = self._slow_cap - sum(self._lines[key].in_flight for key in slow)
        passed_over: list[UUID] = []
        while self._tenants and count < limit:
            tenant = self._tenants.popleft()
            if self._in_flight_of[tenant] >= self._tenant_cap:
                self._parked.add(tenant)
                continue
            turns = self._turns[tenant]
            subscription_id = turns.popleft()
            line = self._lines[subscription_id]
            if subscription_id in slow and slow_slots <= 0:
                passed_over.append(subscription_id)
                line.in_turn = False
            else:
                took = self._take_one(taken, subscription_id, line, now)
                count += took
                slow_slots -= took if subscription_id in slow else 0
                line.in_turn = self._is_ready(line)
            if line.in_turn:
                turns.append(subscription_id)
            if turns:
                self._tenants.append(tenant)
            else:
                del self._turns[tenant]
            self._forget_if_idle(subscription_id, line)
        for subscription_id in passed_over:
            self._give_turn(subscription_id, self._lines[subscription_id])
        self._queued -= len(taken.refs)
        return taken

    def adopt(self, ref: Ref, now: float = 0.0) -> None:
        """A request of this ref goes out without having been taken here: it holds a slot like the others."""
        self._known.add(ref.delivery_id)
        self._occupy(ref.subscription_id, self._line(ref.subscription_id, ref.tenant_id), now)

    def learn(self, subscription_id: UUID, verdict: Verdict, now: float) -> None:
        """An attempt ended. Call it before its ref is released."""
        line = self._lines[subscription_id]
        if verdict is not Verdict.SILENT:
            line.heard_at = now
        if verdict is Verdict.OVERLOADED:
            self._set_limit(subscription_id, 1)
        elif verdict is Verdict.SUCCESS and line.limit < self._cap:
            self._set_limit(subscription_id, line.limit + 1)

    def rest(self, subscription_id: UUID, *, backlogged: bool) -> None:
        """Take nothing more of this subscription, which has slots, until `let_go`. `backlogged`: due rows were left."""
        line = self._lines[subscription_id]
        line.allowance = 0
        if backlogged:
            line.backlogged = line.refused = True

    def let_go(self, subscription_id: UUID, allowance: int | None = None) -> None:
        """Take up to `allowance` of this subscription before it rests again; None when it has no rate limit."""
        if line := self._lines.get(subscription_id):
            line.allowance = allowance
            self._give_turn(subscription_id, line)

    def restrain(self, subscription_id: UUID) -> None:
        """The subscription's circuit closed just now: go on gently."""
        self._set_limit(subscription_id, 1)

    def _set_limit(self, subscription_id: UUID, limit: int) -> None:
        self._limits.pop(subscription_id, None)
        if limit < self._cap:
            self._limits[subscription_id] = limit
            if len(self._limits) > LIMITS_KEPT:
                self._limits.popitem(last=False)
        if line := self._lines.get(subscription_id):
            line.limit = limit
            self._give_turn(subscription_id, line)

    def _occupy(self, subscription_id: UUID, line: _Line, now: float) -> None:
        if not line.in_flight:
            line.heard_at = now
            self._flying.add(subscription_id)
        line.in_flight += 1
        self.in_flight += 1
        self._in_flight_of[line.tenant_id] += 1

    def _take_one(self, taken: Taken, subscription_id: UUID, line: _Line, now: float) -> int:
        if not self._is_ready(line):  # it was, when it was given its turn
            return 0
        if line.refs:
            taken.refs.append(line.refs.popleft())
        else:
            taken.next_of[subscription_id] += 1
            line.refused = False
        if line.allowance is not None:
            line.allowance -= 1
        self._occupy(subscription_id, line, now)
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
            limit = self._limits.get(subscription_id, self._cap)
            line = self._lines[subscription_id] = _Line(tenant_id, limit)
        return line

    def _is_ready(self, line: _Line) -> bool:
        return bool(line.refs or line.backlogged) and line.in_flight < line.limit and line.allowance != 0

    def _free(self, subscription_id: UUID, slots: int) -> None:
        line = self._lines[subscription_id]
        line.in_flight -= slots
        self.in_flight -= slots
        if not line.in_flight:
            self._flying.discard(subscription_id)
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
