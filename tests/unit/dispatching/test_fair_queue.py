from collections import Counter
from uuid import UUID, uuid4

import pytest

from webhooks.dispatching.fair_queue import FairQueue, Verdict
from webhooks.dispatching.refs import Ref

TENANT_A, TENANT_B = uuid4(), uuid4()


def ref(subscription: UUID, tenant: UUID = TENANT_A) -> Ref:
    return Ref(uuid4(), subscription, tenant, due=0.0)


def refs(count: int, subscription: UUID, tenant: UUID = TENANT_A) -> list[Ref]:
    return [ref(subscription, tenant) for _ in range(count)]


def offer_all(queue: FairQueue, waiting: list[Ref]) -> list[bool]:
    return [queue.offer(each) for each in waiting]


def take(queue: FairQueue, limit: int) -> list[Ref]:
    """The refs that are taken, where no rows are to be taken from the table."""
    taken = queue.take(limit)
    assert not taken.next_of
    return taken.refs


@pytest.fixture
def queue() -> FairQueue:
    return FairQueue(subscription_in_flight=4, capacity=100)


def test_refs_of_one_subscription_come_in_order(queue):
    waiting = refs(3, uuid4())
    offer_all(queue, waiting)
    assert take(queue, 10) == waiting


def test_subscription_has_at_most_its_cap_in_flight(queue):
    offer_all(queue, refs(8, uuid4()))
    assert len(take(queue, 100)) == 4
    assert take(queue, 100) == []


def test_freed_slot_lets_the_next_ref_go(queue):
    waiting = refs(5, uuid4())
    offer_all(queue, waiting)
    first = take(queue, 100)
    queue.release(first[:1])
    assert take(queue, 100) == waiting[4:]


def test_tenants_take_turns_however_much_one_has_queued(queue):
    for _ in range(10):
        offer_all(queue, refs(4, uuid4(), TENANT_A))
    late = ref(uuid4(), TENANT_B)
    queue.offer(late)
    assert late in take(queue, 2)


def test_subscriptions_of_a_tenant_take_turns(queue):
    first, second = uuid4(), uuid4()
    offer_all(queue, refs(4, first) + refs(4, second))
    assert [each.subscription_id for each in take(queue, 4)] == [first, second, first, second]


def test_second_wake_up_of_a_known_delivery_changes_nothing(queue):
    once = ref(uuid4())
    assert offer_all(queue, [once, once]) == [True, True]
    assert take(queue, 10) == [once]
    assert queue.offer(once)
    assert take(queue, 10) == []


def test_released_delivery_can_be_queued_again(queue):
    once = ref(uuid4())
    queue.offer(once)
    queue.release(take(queue, 1))
    queue.offer(once)
    assert take(queue, 1) == [once]


def test_capacity_bounds_all_lines_together():
    queue = FairQueue(subscription_in_flight=4, capacity=5)
    for _ in range(10):
        queue.offer(ref(uuid4()))
    assert len(queue) == 5
    assert queue.full


def test_idle_subscriptions_leave_nothing_behind(queue):
    for _ in range(50):
        queue.offer(ref(uuid4()))
    queue.release(take(queue, 100))
    assert len(queue) == queue.in_flight == 0
    assert not queue._lines
    assert not queue._known


def test_line_of_a_subscription_is_bounded_and_its_rest_is_taken_from_the_table(queue):
    subscription = uuid4()
    waiting = refs(9, subscription)
    assert offer_all(queue, waiting) == [True] * 8 + [False]
    for expected in (waiting[:4], waiting[4:8]):
        taken = take(queue, 100)
        assert taken == expected
        queue.release(taken)
    assert queue.take(100) == ([], {subscription: 4})
    assert queue.take(100) == ([], {})


def test_table_without_more_rows_ends_the_backlog(queue):
    subscription = uuid4()
    queue.backlog(subscription, TENANT_A)
    assert queue.take(100).next_of == {subscription: 4}
    queue.release_missing({subscription: 3})
    assert queue.take(100) == ([], {})
    queue.release([ref(subscription)])
    assert queue.take(100) == ([], {})
    assert not queue._lines


def test_backlog_goes_on_when_a_ref_was_left_out_while_the_table_was_asked(queue):
    subscription = uuid4()
    queue.backlog(subscription, TENANT_A)
    queue.take(100)
    waiting = refs(9, subscription)
    assert not offer_all(queue, waiting)[-1]
    queue.release_missing({subscription: 4})
    assert take(queue, 100) == waiting[:4]
    queue.release(waiting[:4])
    queue.release(take(queue, 100))
    assert queue.take(100).next_of == {subscription: 4}


def test_rows_that_could_not_be_claimed_are_asked_for_again(queue):
    subscription = uuid4()
    queue.backlog(subscription, TENANT_A)
    queue.release_unclaimed(queue.take(2).next_of)
    assert queue.take(100).next_of == {subscription: 4}


def test_backlogged_or_half_full_subscription_needs_no_rows_from_the_table(queue):
    backlogged, half_full, short = uuid4(), uuid4(), uuid4()
    queue.backlog(backlogged, TENANT_A)
    offer_all(queue, refs(5, half_full) + refs(4, short))
    assert set(queue.saturated()) == {backlogged, half_full}


def test_backlogs_and_queued_refs_take_turns(queue):
    backlogged, queued = uuid4(), uuid4()
    queue.backlog(backlogged, TENANT_A)
    waiting = refs(2, queued)
    offer_all(queue, waiting)
    assert queue.take(4) == (waiting, {backlogged: 2})


def test_tenant_leaves_slots_to_the_others():
    queue = FairQueue(subscription_in_flight=4, capacity=100, tenant_in_flight=6)
    offer_all(queue, [ref(subscription) for subscription in (uuid4(), uuid4(), uuid4()) for _ in range(4)])
    hanging = take(queue, 100)
    assert len(hanging) == 6
    (other,) = refs(1, uuid4(), TENANT_B)
    queue.offer(other)
    assert take(queue, 100) == [other]
    queue.release(hanging[:2])
    assert len(take(queue, 100)) == 2
    assert take(queue, 100) == []


def test_overloaded_receiver_goes_on_with_one_request_and_one_more_with_each_success(queue):
    subscription = uuid4()
    queue.backlog(subscription, TENANT_A)
    (first,) = refs(1, subscription)
    queue.adopt(first)
    queue.learn(subscription, Verdict.OVERLOADED, 0.0)
    queue.release([first])
    for expected in (1, 2, 4, 4):
        assert queue.take(100).next_of == {subscription: expected}
        for each in refs(expected, subscription):
            queue.learn(subscription, Verdict.SUCCESS, 0.0)
            queue.release([each])


def test_limit_is_remembered_while_the_subscription_is_idle(queue):
    subscription = uuid4()
    queue.restrain(subscription)
    offer_all(queue, refs(8, subscription))
    assert len(take(queue, 100)) == 1


def test_error_or_silence_changes_no_limit(queue):
    subscription = uuid4()
    queue.restrain(subscription)
    waiting = refs(3, subscription)
    offer_all(queue, waiting)
    for verdict in (Verdict.ANSWERED, Verdict.SILENT):
        taken = take(queue, 100)
        assert len(taken) == 1
        queue.learn(subscription, verdict, 0.0)
        queue.release(taken)
    assert len(take(queue, 100)) == 1


def test_slow_subscriptions_share_some_of_the_slots():
    queue = FairQueue(subscription_in_flight=4, capacity=100, slow_in_flight=6)
    slow, fine = [uuid4(), uuid4(), uuid4()], uuid4()
    for subscription in slow:
        offer_all(queue, refs(2, subscription))
    assert len(queue.take(100, now=10.0).refs) == 6
    for subscription in slow:
        offer_all(queue, refs(2, subscription))
    assert queue.take(100, now=11.5).refs == []
    (other,) = refs(1, fine)
    queue.offer(other)
    assert queue.take(100, now=11.5).refs == [other]
    queue.learn(slow[0], Verdict.ANSWERED, 11.6)
    # Not slow any more, it has its own cap again, and the two it held are free for the others.
    taken = Counter(each.subscription_id for each in queue.take(100, now=11.7).refs)
    assert (taken[slow[0]], taken.total()) == (2, 4)


def test_subscription_that_was_idle_is_not_slow():
    queue = FairQueue(subscription_in_flight=4, capacity=100, slow_in_flight=1)
    subscription = uuid4()
    offer_all(queue, refs(4, subscription))
    assert len(queue.take(100, now=1000.0).refs) == 4
