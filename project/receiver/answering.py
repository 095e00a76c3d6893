"""How the receiver answers: one `Behaviour` for each path, and the aiohttp application that follows them."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import NamedTuple

from aiohttp import web

from project.receiver.verifying import is_genuine

MAX_BODY_BYTES = 4 * 1024 * 1024
# What a busy receiver asks for, in seconds.
RETRY_AFTER = {429: "2"}


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a path answers. `fail_rate` of the requests (0 to 1) get one of `failures` instead of `status`."""

    status: int = 200
    fail_rate: float = 0.0
    failures: tuple[int, ...] = (500,)
    # Seconds before the answer, drawn evenly between the least and the most.
    latency: tuple[float, float] = (0.0, 0.0)
    # The connection stays open and no answer ever comes.
    silent: bool = False


# Paths for tests and for trying things out.
BEHAVIOURS: Mapping[str, Behaviour] = {
    "/ok": Behaviour(),
    "/created": Behaviour(201),
    "/slow": Behaviour(latency=(0.5, 1.0)),
    "/unsteady": Behaviour(fail_rate=0.15),
    "/flaky": Behaviour(fail_rate=0.3, failures=(500, 503, 429)),
    "/down": Behaviour(503),
    "/gone": Behaviour(410),
    "/timeout": Behaviour(silent=True),
}


class Received(NamedTuple):
    """One request and the status it is answered with. `id event attempt` are None where their header is missing.

    `verified` is None when the receiver has no secret; the keys of `headers` are in lower case.
    """

    id: str | None
    event: str | None
    attempt: int | None
    verified: bool | None
    status: int
    path: str
    headers: Mapping[str, str]
    body: bytes


def make_app(
    behaviours: Mapping[str, Behaviour],
    *,
    default: Behaviour | None = None,
    secret: str | None = None,
    observe: Callable[[Received], None] | None = None,
    rng: random.Random | None = None,
) -> web.Application:
    """An application that answers every method on every path.

    A path without a behaviour gets `default`, or 404 when there is none. `observe` is called as soon as a request has
    been read, before any latency, on the event loop.
    """
    dice = rng or random.Random()

    async def answer(request: web.Request) -> web.StreamResponse:
        body = await request.read()
        behaviour = behaviours.get(request.path, default or Behaviour(404))
        failed = dice.random() < behaviour.fail_rate
        status = dice.choice(behaviour.failures) if failed else behaviour.status
        if observe:
            observe(_received(request, body, status, secret))
        if behaviour.silent:
            await asyncio.Event().wait()
        if behaviour.latency[1]:
            await asyncio.sleep(dice.uniform(*behaviour.latency))
        headers = {"Retry-After": RETRY_AFTER[status]} if status in RETRY_AFTER else None
        return web.json_response(_content(status), status=status, headers=headers)

    # A sender that gave up must not keep its silent request alive here.
    app = web.Application(client_max_size=MAX_BODY_BYTES, handler_args={"handler_cancellation": True})
    app.router.add_route("*", "/{path:.*}", answer)
    return app


def _content(status: int) -> dict[str, object]:
    return {"received": True} if status < 400 else {"error": HTTPStatus(status).phrase}


def _received(request: web.Request, body: bytes, status: int, secret: str | None) -> Received:
    headers = {name.lower(): value for name, value in request.headers.items()}
    attempt = headers.get("x-attempt", "")
    return Received(
        id=headers.get("webhook-id"),
        event=headers.get("x-event"),
        attempt=int(attempt) if attempt.isascii() and attempt.isdigit() else None,
        verified=None if secret is None else is_genuine(secret, headers, body, time.time()),
        status=status,
        path=request.path,
        headers=headers,
        body=body,
    )
