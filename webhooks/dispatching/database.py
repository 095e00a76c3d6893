"""Database work of the dispatcher's event loop, in a few threads that each keep a connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import DEFAULT_DB_ALIAS, Error, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from tenancy.row_security import of_all_tenants

P = ParamSpec("P")
R = TypeVar("R")


class DatabaseThreads:
    """Runs synchronous database functions off the loop: one thread each to claim, record, read and count."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=4, thread_name_prefix="database", initializer=self._opened)
        self._connections: list[BaseDatabaseWrapper] = []

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The function's result. A database error closes the thread's connection, so that the next call opens one."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, lambda: _guarded(function, *args, **kwargs))

    async def run_for_all_tenants(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The same for a function that does not say itself whose rows it is about."""
        return await self.run(lambda: _for_all_tenants(function, *args, **kwargs))

    def close(self, *, wait: bool) -> None:
        """Wait for running calls, end the threads and close their connections; without `wait`, leave them behind."""
        self._executor.shutdown(wait=wait, cancel_futures=True)
        for each in self._connections if wait else ():
            each.close()

    def _opened(self) -> None:
        """In each new thread: its connection is closed from another one when the threads have ended."""
        own = connections[DEFAULT_DB_ALIAS]
        own.inc_thread_sharing()
        self._connections.append(own)


def _for_all_tenants(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    with of_all_tenants():
        return function(*args, **kwargs)


def _guarded(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    try:
        return function(*args, **kwargs)
    except Error:
        connection.close()
        raise
