"""Stock Huey's worker against `DispatchWorker`: CPU and time to take single-delivery messages off a Redis queue.

    .venv/bin/python -m bench huey_worker [messages]

Both run in this process, one after the other, on the same messages; the dispatcher is replaced by a counter, so that
only taking messages off the queue is measured.
"""

from __future__ import annotations

import os
import sys
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

import django

django.setup()

from huey.consumer import Consumer, Worker  # noqa: E402

from tenancy.ids import new_id  # noqa: E402
from webhooks import dispatching  # noqa: E402
from webhooks.dispatching.refs import Ref  # noqa: E402
from webhooks.dispatching.worker import DispatchWorker  # noqa: E402
from webhooks.tasks import deliver, huey  # noqa: E402


class Counter:
    """Stands where the dispatcher would."""

    full = False

    def __init__(self) -> None:
        self.refs = 0

    def offer(self, refs: list[Ref]) -> None:
        self.refs += len(refs)


def run(worker_class: type[Worker], messages: int) -> tuple[float, float]:
    """Wall and CPU µs for each message."""
    for _ in range(messages):
        deliver([Ref(new_id(), new_id(), new_id(), 0.0)])
    counter = Counter()
    dispatching.set_running(counter)  # type: ignore[arg-type]
    consumer_class = type("BenchConsumer", (Consumer,), {"worker_class": worker_class})
    worker = consumer_class(huey, workers=1)._create_worker()
    started, cpu = time.perf_counter(), time.process_time()
    while counter.refs < messages:
        worker.loop()
    return (time.perf_counter() - started) / messages * 1e6, (time.process_time() - cpu) / messages * 1e6


def main() -> None:
    messages = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    huey.storage.flush_queue()
    for _ in range(3):
        for worker_class in (Worker, DispatchWorker):
            wall, cpu = run(worker_class, messages)
            sys.stdout.write(f"{worker_class.__name__:15} {wall:7.0f} µs a message, {cpu:7.0f} µs CPU\n")


if __name__ == "__main__":
    main()
