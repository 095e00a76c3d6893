from uuid import uuid4

from webhooks.dispatching.refs import Ref
from webhooks.dispatching.timers import Timers


def ref(due: float) -> Ref:
    return Ref(uuid4(), uuid4(), uuid4(), due)


def test_refs_come_when_due_and_earliest_first():
    timers = Timers(capacity=10)
    late, early, future = ref(2.0), ref(1.0), ref(3.0)
    for each in (late, early, future):
        timers.add(each)
    assert timers.next_due() == 1.0
    assert timers.pop_due(2.0) == [early, late]
    assert timers.next_due() == 3.0


def test_refs_over_capacity_are_left_to_the_table():
    timers = Timers(capacity=2)
    for _ in range(5):
        timers.add(ref(1.0))
    assert len(timers) == 2
