"""Several calls at the same moment, each on its own thread and connection."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection

from erp.errors import DomainError


def at_once(calls: Sequence[Callable[[], Any]]) -> tuple[list[Any], list[DomainError]]:
    """What the calls returned, and how others were refused. Any other error is raised."""
    begin = threading.Barrier(len(calls))
    results: list[Any] = []
    refusals: list[DomainError] = []
    broken: list[BaseException] = []

    def run(call: Callable[[], Any]) -> None:
        begin.wait()
        try:
            results.append(call())
        except DomainError as exc:
            refusals.append(exc)
        except BaseException as exc:
            broken.append(exc)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if broken:
        raise broken[0]
    return results, refusals
