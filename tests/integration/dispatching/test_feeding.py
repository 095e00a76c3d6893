"""What the worker records reaches the feed log on the loop that owns it."""

import asyncio

from monitor.feed.log import feed_log
from tests.factories import make_delivery, make_subscription
from tests.integration.dispatching.running import ended


def head(loop, tenant_id):
    """The number of the tenant's newest attempt in the feed log."""

    async def read():
        log = feed_log()
        try:
            return (await log.bounds(tenant_id)).head
        finally:
            await log.aclose()

    return asyncio.run_coroutine_threadsafe(read(), loop).result(30)


def test_recorded_attempts_are_in_the_feed_log_when_the_worker_has_stopped(web_loop, start_worker, receiver):
    worker = start_worker(web_loop)
    subscription = make_subscription(url=receiver.url("/down"), retry_schedule=[0.05])
    deliveries = [make_delivery(subscription) for _ in range(10)]
    assert set(ended(*deliveries)) == {"FAILED"}
    worker.stop()
    assert head(web_loop, subscription.tenant_id) == 20


def test_worker_that_is_started_again_feeds_the_log_again(web_loop, start_worker, receiver):
    subscription = make_subscription(url=receiver.url())
    for number in (1, 2):
        worker = start_worker(web_loop)
        ended(make_delivery(subscription))
        worker.stop()
        assert head(web_loop, subscription.tenant_id) == number
