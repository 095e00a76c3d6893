"""Tasks that end although a cancellation is lost, and calls that cannot lose one."""

import asyncio

import pytest

from monitor.feed.waiting import end, uncut


def test_tasks_end_although_the_first_cancellation_is_swallowed():
    async def deaf_once():
        for _ in range(2):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if asyncio.current_task().cancelling() > 1:
                    raise

    async def run():
        tasks = [asyncio.create_task(deaf_once()) for _ in range(2)]
        await asyncio.sleep(0)
        await end(tasks, 30)
        return [task.cancelled() for task in tasks]

    assert asyncio.run(run()) == [True, True]


def test_no_task_is_waited_for_longer_than_was_said():
    async def deaf(ended):
        while not ended.is_set():
            try:
                await ended.wait()
            except asyncio.CancelledError:
                continue

    async def run():
        ended = asyncio.Event()
        task = asyncio.create_task(deaf(ended))
        await asyncio.sleep(0)
        await end([task], 0.1)
        still_there = not task.done()
        ended.set()
        await task
        return still_there

    assert asyncio.run(run())


def test_cancelling_who_waits_leaves_the_call_to_its_end():
    async def run():
        begun, go_on, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

        async def call():
            begun.set()
            await go_on.wait()
            ended.set()
            raise OSError("nobody listens")

        waiting = asyncio.create_task(uncut(call()))
        await begun.wait()
        waiting.cancel()
        await asyncio.wait([waiting])
        go_on.set()
        await ended.wait()
        return waiting.cancelled()

    assert asyncio.run(run())


def test_what_a_call_returns_or_raises_is_passed_on():
    async def run(call):
        return await uncut(call)

    async def fine():
        return 7

    async def fails():
        raise OSError("away")

    assert asyncio.run(run(fine())) == 7
    with pytest.raises(OSError, match="away"):
        asyncio.run(run(fails()))
