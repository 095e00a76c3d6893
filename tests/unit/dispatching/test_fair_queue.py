from uuid import UUID, uuid4

import pytest

from webhooks.dispatching.fair_queue import FairQueue
from webhooks.dispatching.refs import Ref

TENANT_A, TENANT_B = uuid4(), uuid4()


def ref(subscription: UUID, tenant: UUID = TENANT_A) -> Ref:
    return Ref(uuid4(), subscription, tenant, due=0.0)


def refs(count: int, subscription: UUID, tenant: UUID = TENANT_A) -> list[Ref]:
    return [ref(subscription, tenant) for _ in range(count)]


def offer_all(queue: FairQueue, waiting: list[Ref]) -> list[bool]:
    return [queue.offer(each) for each in waiting]


@pytest.fixture
def queue() -> FairQueue:
    return FairQueue(subscription_in_flight=4, capacity=100)


def test_refs_of_one_subscription_come_in_order(queue):
    waiting = refs(3, uuid4())
    offer_all(queue, waiting)
    assert queue.take(10) == waiting


def test_subscription_has_at_most_its_cap_in_flight(queue):
    offer_all(queue, refs(8, uuid4()))
    assert len(queue.take(100)) == 4
    assert queue.take(100) == []


def test_freed_slot_lets_the_next_ref_go(queue):
    waiting = refs(5, uuid4())
    offer_all(queue, waiting)
    first = queue.take(100)
    queue.release(first[:1])
    assert queue.take(100) == waiting[4:]


def test_tenants_take_turns_however_much_one_has_queued(queue):
    for _ in range(10):
        offer_all(queue, refs(4, uuid4(), TENANT_A))
    late = ref(uuid4(), TENANT_B)
    queue.offer(late)
    assert late in queue.take(2)


def test_subscriptions_of_a_tenant_take_turns(queue):
    first, second = uuid4(), uuid4()
    offer_all(queue, refs(4, first) + refs(4, second))
    assert [each.subscription_id for each in queue.take(4)] == [first, second, first, second]


def test_second_wake_up_of_a_known_delivery_changes_nothing(queue):
    once = ref(uuid4())
    assert offer_all(queue, [once, once]) == [True, True]
    assert queue.take(10) == [once]
    assert queue.offer(once)
    assert queue.take(10) == []


def test_released_delivery_can_be_queued_again(queue):
    once = ref(uuid4())
    queue.offer(once)
    queue.release(queue.take(1))
    queue.offer(once)
    assert queue.take(1) == [once]


def test_line_of_a_subscription_is_bounded_and_its_rest_is_wanted_once_there_is_room(queue):
    assert offer_all(queue, refs(9, uuid4())) == [True] * 8 + [False]
    assert not queue.wants_rows
    queue.take(100)
    assert queue.wants_rows


def test_capacity_bounds_all_lines_together():
    queue = FairQueue(subscription_in_flight=4, capacity=5)
    for _ in range(10):
        queue.offer(ref(uuid4()))
    assert len(queue) == 5
    assert queue.full


def test_reading_the_table_ends_the_wish_for_rows_unless_a_full_page_came(queue):
    subscription = uuid4()
    offer_all(queue, refs(9, subscription))
    queue.take(100)
    queue.fetched({subscription: queue.line_length}, passed_over=[])
    assert queue.wants_rows
    queue.fetched({subscription: 2}, passed_over=[])
    assert not queue.wants_rows


def test_saturated_subscription_keeps_its_wish_while_it_is_passed_over(queue):
    subscription = uuid4()
    offer_all(queue, refs(9, subscription))
    assert queue.saturated() == [subscription]
    queue.fetched({}, passed_over=queue.saturated())
    queue.take(100)
    assert queue.wants_rows


def test_idle_subscriptions_leave_nothing_behind(queue):
    for _ in range(50):
        queue.offer(ref(uuid4()))
    queue.release(queue.take(100))
    assert len(queue) == queue.in_flight == 0
    assert not queue._lines
    assert not queue._known


def test_tenant_leaves_slots_to_the_others():
    queue = FairQueue(subscription_in_flight=4, capacity=100, tenant_in_flight=6)
    offer_all(queue, [ref(subscription) for subscription in (uuid4(), uuid4(), uuid4()) for _ in range(4)])
    hanging = queue.take(100)
    assert len(hanging) == 6
    (other,) = refs(1, uuid4(), TENANT_B)
    queue.offer(other)
    assert queue.take(100) == [other]
    queue.release(hanging[:2])
    assert len(queue.take(100)) == 2
    assert queue.take(100) == []
