"""`manage.py run_huey`: a worker process (the Procfile's `worker`)."""

import logging
import os
from typing import Any

from django.conf import settings

from project import database_role, memory
from project.config import exit_with
from project.management.command import ProjectCommand
from project.processes import stop_on_signal

ALIVE_CHECK_SECONDS = 1.0


class Command(ProjectCommand):
    long_running = True
    help = "Run a worker: deliver what is due until SIGTERM, then drain."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.EMBEDDED:
            exit_with(
                ["run_huey needs DATABASE_URL and REDIS_URL; without them `manage.py serve` runs web and worker in one"]
            )
        from project import metrics
        from project.worker_process import WorkerProcess

        database_role.require_protected_tables()
        memory.settle()
        stop = stop_on_signal()
        worker = WorkerProcess()
        worker.start()
        if settings.WORKER_METRICS_PORT:
            metrics.serve()
        while not stop.wait(ALIVE_CHECK_SECONDS):
            if not worker.alive:
                exit_with(["the dispatcher ended unexpectedly, see the log"], code=1)
        worker.stop()
        if not worker.drained:
            # A thread that waits for a database that hangs would keep the process from ending.
            logging.shutdown()
            os._exit(1)
